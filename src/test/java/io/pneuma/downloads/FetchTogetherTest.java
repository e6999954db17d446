package io.pneuma.downloads;

import static io.pneuma.downloads.TestServer.proper;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pneuma.weights.TestBytes;
import io.pneuma.weights.WeightsException;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Several at once, and one that is stopped. */
@Timeout(120)
class FetchTogetherTest {
  private static final byte[] BYTES = TestBytes.random(300_000, 1);
  private static final String ETAG = "\"v1\"";

  @TempDir Path folder;

  /** Sends the first bytes, then waits to be told before it sends the rest. */
  private static TestServer.Manner pausing(CountDownLatch halfway, CountDownLatch goOn) {
    return exchange -> {
      exchange.getResponseHeaders().set("ETag", ETAG);
      exchange.sendResponseHeaders(200, BYTES.length);
      exchange.getResponseBody().write(BYTES, 0, 100_000);
      exchange.getResponseBody().flush();
      halfway.countDown();
      try {
        goOn.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      exchange.getResponseBody().write(BYTES, 100_000, BYTES.length - 100_000);
    };
  }

  @Test
  void threadsFetchOnce() throws Exception {
    CountDownLatch halfway = new CountDownLatch(1);
    CountDownLatch waited = new CountDownLatch(1);
    List<String> lines = new CopyOnWriteArrayList<>();
    FetchListener listener =
        new FetchListener() {
          @Override
          public void line(String text) {
            lines.add(text);
            waited.countDown();
          }
        };
    ExecutorService threads = Executors.newFixedThreadPool(2);
    try (TestServer server = new TestServer(pausing(halfway, waited))) {
      RemoteFile file = server.file(BYTES);
      FileStore store = new FileStore(folder);
      Future<Path> first = threads.submit(() -> store.fetch(file, listener));
      halfway.await();
      Future<Path> second = threads.submit(() -> store.fetch(file, listener));
      assertArrayEquals(BYTES, Files.readAllBytes(second.get()));
      assertEquals(first.get(), second.get());
      assertEquals(1, server.asked.size());
      assertEquals(1, lines.size(), lines.toString());
      assertTrue(lines.get(0).contains("waiting"), lines.toString());
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void processesFetchOnce() throws Exception {
    CountDownLatch halfway = new CountDownLatch(1);
    CountDownLatch waited = new CountDownLatch(1);
    FetchListener listener =
        new FetchListener() {
          @Override
          public void line(String text) {
            waited.countDown();
          }
        };
    try (TestServer server = new TestServer(pausing(halfway, waited))) {
      RemoteFile file = server.file(BYTES);
      Process other = otherProcess(file);
      halfway.await();
      FileStore store = new FileStore(folder);
      assertArrayEquals(BYTES, Files.readAllBytes(store.fetch(file, listener)));
      assertTrue(other.waitFor(60, TimeUnit.SECONDS));
      assertEquals(0, other.exitValue());
      assertEquals(1, server.asked.size());
      assertEquals(0, waited.getCount());
    }
  }

  private Process otherProcess(RemoteFile file) throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-cp",
            System.getProperty("java.class.path"),
            Other.class.getName(),
            folder.toString(),
            file.url().toString(),
            file.sha256().orElseThrow())
        .inheritIO()
        .start();
  }

  /** The other process. */
  static final class Other {
    private Other() {}

    public static void main(String[] arguments) throws IOException {
      RemoteFile file =
          new RemoteFile(
              "net.pth",
              URI.create(arguments[1]),
              OptionalLong.empty(),
              Optional.of(arguments[2]),
              "fetch");
      new FileStore(Path.of(arguments[0])).fetch(file, FetchListener.SILENT);
    }
  }

  @Test
  void anInterruptedDownloadIsGoneOnWith() throws Exception {
    CountDownLatch halfway = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    try (TestServer server = new TestServer(pausing(halfway, goOn))) {
      RemoteFile file = server.file(BYTES);
      FileStore store = new FileStore(folder);
      CountDownLatch received = new CountDownLatch(1);
      AtomicReference<String> message = new AtomicReference<>("");
      FetchListener listener =
          new FetchListener() {
            @Override
            public void received(long bytes, long total) {
              if (bytes == 100_000) {
                received.countDown();
              }
            }
          };
      Thread thread =
          new Thread(
              () -> {
                try {
                  store.fetch(file, listener);
                } catch (WeightsException e) {
                  message.set(e.getMessage());
                }
              });
      thread.start();
      received.await();
      thread.interrupt();
      thread.join();
      goOn.countDown();
      assertTrue(message.get().contains("interrupted"), message.get());
      assertEquals(100_000, store.partial(file));
      server.becomes(proper(BYTES, ETAG));
      assertArrayEquals(BYTES, Files.readAllBytes(store.fetch(file, FetchListener.SILENT)));
      assertEquals("bytes=100000-", server.asked.get(1).range());
    }
  }

  @Test
  void aKilledProcessLeavesWhatCanBeGoneOnWith() throws Exception {
    CountDownLatch halfway = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    try (TestServer server = new TestServer(pausing(halfway, goOn))) {
      RemoteFile file = server.file(BYTES);
      FileStore store = new FileStore(folder);
      Process other = otherProcess(file);
      halfway.await();
      while (store.partial(file) < 100_000) {
        Thread.onSpinWait();
      }
      other.destroyForcibly().waitFor();
      goOn.countDown();
      server.becomes(proper(BYTES, ETAG));
      assertArrayEquals(BYTES, Files.readAllBytes(store.fetch(file, FetchListener.SILENT)));
      assertEquals("bytes=100000-", server.asked.get(1).range());
    }
  }
}
