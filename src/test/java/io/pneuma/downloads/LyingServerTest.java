package io.pneuma.downloads;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pneuma.weights.TestBytes;
import io.pneuma.weights.WeightsException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Servers that say one thing and send another. */
@Timeout(60)
class LyingServerTest {
  private static final byte[] BYTES = TestBytes.random(100_000, 1);

  private static final Sender TOO_SHORT =
      out -> {
        head(out, "HTTP/1.1 200 OK", "Content-Length: 100000");
        out.write(BYTES, 0, 40_000);
      };
  private static final Duration SHORT = Duration.ofMillis(500);

  @TempDir Path folder;

  /** What a server sends on a connection, after it has read the request. */
  private interface Sender {
    void send(OutputStream out) throws IOException, InterruptedException;
  }

  /** Answers one connection after the other, each by its sender. */
  private static final class Liar implements AutoCloseable {
    private final ServerSocket socket = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());

    Liar(Sender... senders) throws IOException {
      Thread thread = new Thread(() -> serve(senders));
      thread.setDaemon(true);
      thread.start();
    }

    private void serve(Sender... senders) {
      for (Sender sender : senders) {
        try (Socket connection = socket.accept();
            BufferedReader request =
                new BufferedReader(
                    new InputStreamReader(
                        connection.getInputStream(), StandardCharsets.US_ASCII))) {
          for (String line = request.readLine();
              line != null && !line.isEmpty();
              line = request.readLine()) {
            // A request ends with an empty line.
          }
          sender.send(connection.getOutputStream());
        } catch (IOException | InterruptedException e) {
          // The client has had enough, or the test is over.
        }
      }
    }

    RemoteFile file(OptionalLong size) {
      URI url = URI.create("http://127.0.0.1:" + socket.getLocalPort() + "/net.pth");
      Optional<String> sha256 = Optional.of(TestBytes.sha256(BYTES));
      return new RemoteFile("net.pth", url, size, sha256, "./run.sh weights fetch net");
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }

  private static void head(OutputStream out, String... lines) throws IOException {
    out.write((String.join("\r\n", lines) + "\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
  }

  private static void chunk(OutputStream out, byte[] bytes) throws IOException {
    out.write((Integer.toHexString(bytes.length) + "\r\n").getBytes(StandardCharsets.US_ASCII));
    out.write(bytes);
    out.write("\r\n".getBytes(StandardCharsets.US_ASCII));
  }

  private FileStore store(Duration stall) {
    return new FileStore(folder, stall);
  }

  private static String refused(FileStore store, RemoteFile file) {
    return assertThrows(WeightsException.class, () -> store.fetch(file, FetchListener.SILENT))
        .getMessage();
  }

  @Test
  void aBodyShorterThanAnnouncedIsGoneOnWith() throws IOException {
    Sender rest =
        out -> {
          head(
              out,
              "HTTP/1.1 206 Partial Content",
              "Content-Length: 60000",
              "Content-Range: bytes 40000-99999/100000");
          out.write(BYTES, 40_000, 60_000);
        };
    try (Liar liar = new Liar(TOO_SHORT, rest)) {
      RemoteFile file = liar.file(OptionalLong.empty());
      FileStore store = store(Duration.ofSeconds(20));
      assertTrue(refused(store, file).contains("broke off after 40000 of 100000"));
      assertArrayEquals(BYTES, Files.readAllBytes(store.fetch(file, FetchListener.SILENT)));
    }
  }

  @Test
  void anEndlessBodyIsStoppedAtTheSizeOfTheTable() throws IOException {
    byte[] piece = TestBytes.random(10_000, 2);
    Sender endless =
        out -> {
          head(out, "HTTP/1.1 200 OK", "Transfer-Encoding: chunked");
          while (!Thread.currentThread().isInterrupted()) {
            chunk(out, piece);
          }
        };
    try (Liar liar = new Liar(endless)) {
      RemoteFile file = liar.file(OptionalLong.of(BYTES.length));
      FileStore store = store(Duration.ofSeconds(20));
      assertTrue(refused(store, file).contains("more than the 100000 bytes expected"));
      assertEquals(0, store.partial(file));
    }
  }

  @Test
  void aPartOtherThanTheOneAskedForIsNotUsed() throws IOException {
    Sender wrongPart =
        out -> {
          head(
              out,
              "HTTP/1.1 206 Partial Content",
              "Content-Length: 50000",
              "Content-Range: bytes 50000-99999/100000");
          out.write(BYTES, 50_000, 50_000);
        };
    Sender whole =
        out -> {
          head(out, "HTTP/1.1 200 OK", "Content-Length: 100000");
          out.write(BYTES);
        };
    try (Liar liar = new Liar(TOO_SHORT, wrongPart, whole)) {
      RemoteFile file = liar.file(OptionalLong.of(BYTES.length));
      FileStore store = store(Duration.ofSeconds(20));
      refused(store, file);
      assertArrayEquals(BYTES, Files.readAllBytes(store.fetch(file, FetchListener.SILENT)));
    }
  }

  @Test
  void aPartNobodyAskedForIsRefused() throws IOException {
    Sender part =
        out -> {
          head(
              out,
              "HTTP/1.1 206 Partial Content",
              "Content-Length: 50000",
              "Content-Range: bytes 50000-99999/100000");
          out.write(BYTES, 50_000, 50_000);
        };
    try (Liar liar = new Liar(part, part)) {
      RemoteFile file = liar.file(OptionalLong.of(BYTES.length));
      assertTrue(refused(store(Duration.ofSeconds(20)), file).contains("only a part"));
    }
  }

  @Test
  void silenceInTheBodyEndsTheWaitAndKeepsThePart() throws IOException {
    CountDownLatch over = new CountDownLatch(1);
    Sender silent =
        out -> {
          head(out, "HTTP/1.1 200 OK", "Content-Length: 100000");
          out.write(BYTES, 0, 40_000);
          out.flush();
          over.await();
        };
    try (Liar liar = new Liar(silent)) {
      RemoteFile file = liar.file(OptionalLong.of(BYTES.length));
      FileStore store = store(SHORT);
      String message = refused(store, file);
      assertTrue(message.contains("broke off after 40000 of 100000 bytes: nothing came"), message);
      assertEquals(40_000, store.partial(file));
    } finally {
      over.countDown();
    }
  }

  @Test
  void silenceInsteadOfAnAnswerEndsTheWait() throws IOException {
    CountDownLatch over = new CountDownLatch(1);
    try (Liar liar = new Liar(out -> over.await())) {
      RemoteFile file = liar.file(OptionalLong.of(BYTES.length));
      assertTrue(refused(store(SHORT), file).contains("nothing came for"));
    } finally {
      over.countDown();
    }
  }

  @Test
  void whatIsNoHttpIsRefused() throws IOException {
    try (Liar liar = new Liar(out -> out.write(Arrays.copyOf(BYTES, 1000)))) {
      RemoteFile file = liar.file(OptionalLong.of(BYTES.length));
      assertTrue(refused(store(Duration.ofSeconds(20)), file).contains("cannot be fetched"));
    }
  }

  @Test
  void whatCameCompressedIsRefused() throws IOException {
    Sender compressed =
        out -> head(out, "HTTP/1.1 200 OK", "Content-Encoding: gzip", "Content-Length: 5");
    try (Liar liar = new Liar(compressed)) {
      RemoteFile file = liar.file(OptionalLong.empty());
      assertTrue(refused(store(Duration.ofSeconds(20)), file).contains("compressed"));
    }
  }
}
