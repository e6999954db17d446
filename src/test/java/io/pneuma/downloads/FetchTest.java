package io.pneuma.downloads;

import static io.pneuma.downloads.TestServer.breakingOff;
import static io.pneuma.downloads.TestServer.proper;
import static io.pneuma.downloads.TestServer.redirect;
import static io.pneuma.downloads.TestServer.status;
import static io.pneuma.downloads.TestServer.whole;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pneuma.downloads.TestServer.Asked;
import io.pneuma.weights.TestBytes;
import io.pneuma.weights.WeightsException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FetchTest {
  private static final byte[] BYTES = TestBytes.random(200_000, 1);
  private static final String ETAG = "\"v1\"";

  @TempDir Path folder;
  private TestServer server;
  private FileStore store;
  private RemoteFile file;

  @BeforeEach
  void start() throws IOException {
    server = new TestServer(proper(BYTES, ETAG));
    store = new FileStore(folder.resolve("cache"), Duration.ofSeconds(20));
    file = server.file(BYTES);
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private byte[] fetched() throws IOException {
    return Files.readAllBytes(store.fetch(file, FetchListener.SILENT));
  }

  private String refused() {
    String message =
        assertThrows(WeightsException.class, () -> store.fetch(file, FetchListener.SILENT))
            .getMessage();
    assertTrue(message.startsWith(store.fileOf(file) + ": "), message);
    assertFalse(store.isThere(file));
    return message;
  }

  private List<String> filesThere() throws IOException {
    try (Stream<Path> files = Files.list(store.folder())) {
      return files.map(path -> path.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void fetchesOnceAndLeavesNothingBesideTheFile() throws IOException {
    assertArrayEquals(BYTES, fetched());
    assertArrayEquals(BYTES, fetched());
    assertEquals(List.of(new Asked("", "")), server.asked);
    assertEquals(List.of("net.pth", "net.pth.lock"), filesThere());
  }

  @Test
  void tellsHowFarItIs() throws IOException {
    List<Long> received = new ArrayList<>();
    store.fetch(
        file,
        new FetchListener() {
          @Override
          public void received(long bytes, long total) {
            assertEquals(BYTES.length, total);
            received.add(bytes);
          }
        });
    assertEquals(0, received.get(0));
    assertEquals(BYTES.length, received.get(received.size() - 1));
    assertEquals(received.stream().sorted().toList(), received);
  }

  @Test
  void goesOnWhereTheServerBrokeOff() throws IOException {
    server.becomes(breakingOff(BYTES, 70_000, ETAG));
    String message = refused();
    assertTrue(message.contains("broke off after 70000 of 200000 bytes"), message);
    assertTrue(message.endsWith("./run.sh weights fetch net goes on with it"), message);
    assertEquals(70_000, store.partial(file));
    server.becomes(proper(BYTES, ETAG));
    assertArrayEquals(BYTES, fetched());
    assertEquals(List.of(new Asked("", ""), new Asked("bytes=70000-", ETAG)), server.asked);
    assertEquals(List.of("net.pth", "net.pth.lock"), filesThere());
  }

  @Test
  void beginsAgainWhenTheFileHasChangedMeanwhile() throws IOException {
    server.becomes(breakingOff(TestBytes.random(200_000, 2), 70_000, "\"v0\""));
    refused();
    server.becomes(proper(BYTES, ETAG));
    assertArrayEquals(BYTES, fetched());
  }

  @Test
  void beginsAgainWhenTheServerIgnoresTheRange() throws IOException {
    server.becomes(breakingOff(BYTES, 70_000, ETAG));
    refused();
    server.becomes(whole(BYTES));
    assertArrayEquals(BYTES, fetched());
    assertEquals(2, server.asked.size());
  }

  @Test
  void beginsAgainWhenTheServerHasNoSuchRange() throws IOException {
    server.becomes(breakingOff(BYTES, 70_000, ETAG));
    refused();
    server.becomes(
        exchange ->
            (TestServer.header(exchange, "Range").isEmpty() ? whole(BYTES) : status(416))
                .answer(exchange));
    assertArrayEquals(BYTES, fetched());
    assertEquals(3, server.asked.size());
  }

  @Test
  void beginsAgainOnceWhenThePartsMakeAnotherFile() throws IOException {
    server.becomes(breakingOff(TestBytes.random(200_000, 2), 70_000, ""));
    refused();
    server.becomes(proper(BYTES, ETAG));
    assertArrayEquals(BYTES, fetched());
    assertEquals("bytes=70000-", server.asked.get(1).range());
    assertEquals(new Asked("", ""), server.asked.get(2));
  }

  @Test
  void withoutEtagOrDigestNothingIsGoneOnWith() throws IOException {
    file = server.file(OptionalLong.empty(), Optional.empty());
    server.becomes(breakingOff(TestBytes.random(200_000, 2), 70_000, "W/\"weak\""));
    refused();
    server.becomes(proper(BYTES, ETAG));
    assertArrayEquals(BYTES, fetched());
    assertEquals(new Asked("", ""), server.asked.get(1));
  }

  @Test
  void aPartThatIsWholeNeedsNoServer() throws IOException {
    server.becomes(breakingOff(BYTES, 70_000, ETAG));
    refused();
    Files.write(store.folder().resolve("net.pth.partial"), BYTES);
    server.close();
    assertArrayEquals(BYTES, fetched());
  }

  @Test
  void wrongBytesAreDeletedAndNamed() throws IOException {
    byte[] other = TestBytes.random(200_000, 2);
    server.becomes(whole(other));
    String message = refused();
    assertTrue(message.contains(TestBytes.sha256(other)), message);
    assertTrue(message.contains(TestBytes.sha256(BYTES)), message);
    assertEquals(List.of("net.pth.lock"), filesThere());
    assertEquals(1, server.asked.size());
  }

  @ParameterizedTest
  @ValueSource(ints = {199_999, 200_001})
  void anotherSizeIsRefusedBeforeAnyByte(int size) throws IOException {
    server.becomes(whole(TestBytes.random(size, 1)));
    String message = refused();
    assertTrue(message.contains("has " + size + " bytes; expected 200000"), message);
    assertEquals(List.of("net.pth.lock"), filesThere());
  }

  @Test
  void followsRedirectsAndGoesOnBehindThem() throws IOException {
    TestServer.Manner breaking = breakingOff(BYTES, 70_000, ETAG);
    TestServer.Manner good = proper(BYTES, ETAG);
    for (TestServer.Manner manner : List.of(breaking, good)) {
      server.becomes(
          exchange -> {
            boolean there = exchange.getRequestURI().getPath().equals("/there");
            (there ? manner : redirect("/there")).answer(exchange);
          });
      if (manner == breaking) {
        refused();
      }
    }
    assertArrayEquals(BYTES, fetched());
    assertEquals(new Asked("bytes=70000-", ETAG), server.asked.get(3));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"/net.pth", "file:///etc/hostname", "ftp://127.0.0.1/net.pth", "http://[broken"})
  void redirectsThatLeadNowhereEnd(String location) {
    server.becomes(redirect(location));
    String message = refused();
    assertTrue(message.contains("cannot be fetched from " + file.url()), message);
    assertTrue(server.asked.size() <= 10);
  }

  @ParameterizedTest
  @CsvSource({
    "401, access is refused",
    "403, access is refused",
    "404, there is no such file",
    "429, try later",
    "500, the server has a fault",
    "503, the server has a fault",
    "204, unexpected",
  })
  void statusesAreExplained(int status, String meaning) {
    server.becomes(status(status));
    String message = refused();
    assertTrue(message.contains("answers " + status + ": "), message);
    assertTrue(message.contains(meaning), message);
    assertTrue(message.contains("(sha256 " + TestBytes.sha256(BYTES) + ")"), message);
  }

  @Test
  void aWebPageInsteadOfTheFileIsRefusedAndThePartKept() throws IOException {
    server.becomes(breakingOff(BYTES, 70_000, ETAG));
    refused();
    byte[] page = "<!DOCTYPE html><html>Please log in".getBytes(StandardCharsets.US_ASCII);
    server.becomes(
        exchange -> {
          exchange.getResponseHeaders().set("Content-Type", "text/html; charset=utf-8");
          whole(page).answer(exchange);
        });
    assertTrue(refused().contains("a web page came instead"));
    assertEquals(70_000, store.partial(file));
  }

  @Test
  void aWebPageThatDoesNotSayThatItIsOneIsRefused() {
    file = server.file(OptionalLong.empty(), Optional.empty());
    server.becomes(whole("\n<HTML><body>Gone".getBytes(StandardCharsets.US_ASCII)));
    assertTrue(refused().contains("a web page came instead"));
    assertEquals(0, store.partial(file));
  }

  @Test
  void aFileBeyondTheDiskIsNotBegun() throws IOException {
    long beyond = 1L << 60;
    file = server.file(OptionalLong.of(beyond), Optional.empty());
    server.becomes(exchange -> exchange.sendResponseHeaders(200, beyond));
    assertTrue(refused().contains("the disk has "));
    assertEquals(List.of("net.pth.lock"), filesThere());
  }

  @Test
  void withoutNetworkTheMessageSaysWhatToPutWhere() {
    server.close();
    String message = refused();
    assertEquals(
        store.fileOf(file)
            + ": cannot be fetched from "
            + file.url()
            + ": no connection (is there a network?); a copy from elsewhere (sha256 "
            + TestBytes.sha256(BYTES)
            + ") can be put at this path by hand, and ./run.sh weights fetch net checks it",
        message);
  }
}
