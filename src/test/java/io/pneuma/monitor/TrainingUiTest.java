package io.pneuma.monitor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.net.ConnectException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The server of the training UI; {@link TrainingPagesTest} looks at its pages. */
class TrainingUiTest {
  private static final String HERE = "127.0.0.1";

  @Test
  void listensAtItsOwnAddressOnly() throws IOException {
    Optional<InetAddress> other = otherAddress();
    assumeTrue(other.isPresent(), "this machine has no address but the loopback's");
    try (TrainingUi ui = TrainingUi.start(HERE, 0)) {
      assertEquals(200, Web.get(ui, "/train/overview").statusCode());
      var there = new InetSocketAddress(other.get(), ui.address().getPort());
      try (Socket socket = new Socket()) {
        assertThrows(ConnectException.class, () -> socket.connect(there, 5000));
      }
    }
  }

  @Test
  void listensAtAnotherAddressWhenAsked() throws IOException {
    Optional<InetAddress> other = otherAddress();
    assumeTrue(other.isPresent(), "this machine has no address but the loopback's");
    try (TrainingUi ui = TrainingUi.start(other.get().getHostAddress(), 0)) {
      assertEquals(other.get().getHostAddress(), ui.address().getHost());
      assertEquals(200, Web.get(ui, "/train/overview").statusCode());
    }
  }

  @Test
  void systemPropertyDoesNotOverruleThePort() {
    String property = "org.deeplearning4j.ui.port";
    int free;
    try (TrainingUi ui = TrainingUi.start(HERE, 0)) {
      free = ui.address().getPort();
    }
    System.setProperty(property, "1");
    try (TrainingUi ui = TrainingUi.start(HERE, free)) {
      assertEquals(free, ui.address().getPort());
      assertEquals(200, Web.get(ui, "/train/overview").statusCode());
    } finally {
      System.clearProperty(property);
    }
  }

  @Test
  void takesTheNextFreePortAndSaysSo() {
    try (TrainingUi first = TrainingUi.start(HERE, 0)) {
      int port = first.address().getPort();
      try (TrainingUi second = TrainingUi.start(HERE, port)) {
        assertTrue(second.address().getPort() > port);
        assertTrue(second.remark(port).contains("port " + port + " is in use"));
        assertEquals("", first.remark(port));
        assertEquals(200, Web.get(first, "/train/overview").statusCode());
        assertEquals(200, Web.get(second, "/train/overview").statusCode());
      }
    }
  }

  @Test
  void saysThatThereIsNoSearch() {
    try (TrainingUi ui = TrainingUi.start(HERE, 0)) {
      assertTrue(
          Web.get(ui, "/arbiter").body().contains("None of the runs shown here is a search"));
    }
  }

  @Test
  void givesTheTwoFilesOfARunThatItsPagesReadAndNoOther(@TempDir Path folder) throws IOException {
    Files.writeString(folder.resolve("history.csv"), "epoch\n1\n");
    Files.writeString(folder.resolve("labels.json"), "[]");
    try (RunStats stats = RunStats.create(folder.resolve("stats.bin"), "mine");
        TrainingUi ui = TrainingUi.start(HERE, 0)) {
      ui.show(stats);
      assertEquals("epoch\n1\n", Web.get(ui, "/pneuma/mine/history.csv").body());
      assertEquals(204, Web.get(ui, "/pneuma/mine/manifest.json").statusCode());
      for (String other : List.of("mine/labels.json", "mine/", "other/history.csv")) {
        assertEquals(404, Web.get(ui, "/pneuma/" + other).statusCode(), other);
      }
    }
  }

  @Test
  void saysWhatToDoWhenTheHostIsNotThisMachine() {
    // 203.0.113.0/24 and .invalid are set aside for examples: they are never anybody's.
    assertTrue(refused("203.0.113.1", 0).contains("203.0.113.1 port 0: that address is another"));
    assertTrue(refused("nobody.invalid", 0).contains("nobody.invalid port 0: no such host"));
    assertTrue(refused(HERE, 70000).contains("monitor.port or --port"));
  }

  @Test
  void closeFreesThePortAndEndsTheThreads() throws InterruptedException {
    Set<Thread> before = Thread.getAllStackTraces().keySet();
    int port;
    try (TrainingUi ui = TrainingUi.start(HERE, 0)) {
      port = ui.address().getPort();
      Web.get(ui, "/train/overview");
    }
    try (TrainingUi again = TrainingUi.start(HERE, port)) {
      assertEquals(200, Web.get(again, "/train/overview").statusCode());
    }
    Set<Thread> left = Set.of();
    for (long end = System.nanoTime() + Duration.ofSeconds(10).toNanos();
        System.nanoTime() < end; ) {
      left = threadsOfTheUi();
      left.removeAll(before);
      if (left.isEmpty()) {
        return;
      }
      Thread.sleep(50);
    }
    assertEquals(Set.of(), left);
  }

  @Test
  void leavesNothingInTheTemporaryFolder() {
    Set<String> before = temporaryFolders();
    try (TrainingUi ui = TrainingUi.start(HERE, 0)) {
      assertEquals(200, Web.get(ui, "/assets/js/train/overview.js").statusCode());
    }
    Set<String> left = temporaryFolders();
    left.removeAll(before);
    assertEquals(Set.of(), left);
  }

  @Test
  void answersItsPagesDataForPartNamesWithSlashesAndDots(@TempDir Path folder) {
    try (RunStats stats = RunStats.create(folder.resolve("stats.bin"), "a run: 1/2");
        TrainingUi ui = TrainingUi.start(HERE, 0)) {
      var network = TinyRun.twoBackbones();
      network.setListeners(stats.listener(1));
      TinyRun.train(network, 3);
      ui.show(stats);

      assertEquals("a-run-1-2", body(ui, "/train/sessions/current"));
      assertContains("\"numLayers\":6", body(ui, "/train/sessions/info"));
      assertContains("\"scoresIter\":[0,1,2]", body(ui, "/train/overview/data"));
      assertContains("\"memory\"", body(ui, "/train/system/data"));
      assertContains(TinyRun.CONVOLUTION, body(ui, "/train/model/graph"));
      for (int vertex = 0; vertex <= 7; vertex++) {
        String data = body(ui, "/train/model/data/" + vertex);
        if (data.contains(TinyRun.CONVOLUTION)) {
          assertContains("\"layerParamNames\":[\"b\",\"W\"]", data);
          assertContains("\"lrs\":{\"b\":[0.01,0.01,0.01]", data);
        }
      }
    }
  }

  @Test
  void refusesUploadsAndWaysOutOfItsFolder() {
    try (TrainingUi ui = TrainingUi.start(HERE, 0)) {
      var post = HttpRequest.newBuilder(ui.address().resolve("/remoteReceive"));
      assertEquals(405, Web.send(post.POST(BodyPublishers.ofString("{}")).build()).statusCode());
      var out = ui.address() + "/assets/js/../../application.properties";
      assertEquals(400, Web.get(URI.create(out)).statusCode());
    }
  }

  private static String body(TrainingUi ui, String path) {
    var response = Web.get(ui, path);
    assertEquals(200, response.statusCode(), path);
    return response.body();
  }

  private static void assertContains(String part, String whole) {
    String dense = whole.replaceAll("\\s", "");
    assertTrue(dense.contains(part), part + " in " + dense);
  }

  private static String refused(String host, int port) {
    String message =
        assertThrows(MonitorException.class, () -> TrainingUi.start(host, port).close())
            .getMessage();
    assertFalse(message.contains("\n"), message);
    return message;
  }

  private static Optional<InetAddress> otherAddress() throws IOException {
    return NetworkInterface.networkInterfaces()
        .flatMap(NetworkInterface::inetAddresses)
        .filter(address -> !address.isLoopbackAddress() && address instanceof Inet4Address)
        .findFirst();
  }

  /**
   * Vert.x names its threads; the queue thread of Deeplearning4j's server is known by its stack.
   */
  private static Set<Thread> threadsOfTheUi() {
    return Thread.getAllStackTraces().entrySet().stream()
        .filter(
            entry ->
                entry.getKey().getName().startsWith("vert.x")
                    || Stream.of(entry.getValue())
                        .anyMatch(frame -> frame.getClassName().contains("VertxUIServer")))
        .map(Map.Entry::getKey)
        .collect(Collectors.toSet());
  }

  private static Set<String> temporaryFolders() {
    File temporary = new File(System.getProperty("java.io.tmpdir"));
    return Stream.of(
            temporary.list((parent, name) -> name.startsWith("DL4JUI_")),
            new File(temporary, "vertx-cache").list())
        .filter(Objects::nonNull)
        .flatMap(Stream::of)
        .collect(Collectors.toSet());
  }
}
