package io.pneuma.monitor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pneuma.Chromium;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What one sees of the training UI. Screenshots of it stay in target/training-ui. */
class TrainingPagesTest {
  private static final Path PICTURES = Path.of("target", "training-ui");
  private static final String SCORES =
      "$('#scoreiterchart').data('plot') && $('#scoreiterchart').data('plot').getData()[0].data";

  @TempDir static Path profile;
  @TempDir Path folder;
  private static Chromium browser;

  @BeforeAll
  static void startBrowser() {
    browser = Chromium.start(profile);
  }

  @AfterAll
  static void closeBrowser() {
    if (browser != null) {
      browser.close();
    }
  }

  @Test
  void runIsDrawnAsItTrainsAndAgainWhenItIsPast() {
    Path file = folder.resolve("stats.bin");
    Object drawn;
    try (RunStats stats = RunStats.create(file, "tiny");
        TrainingUi ui = TrainingUi.start("127.0.0.1", 0)) {
      ui.show(stats);
      var network = TinyRun.twoBackbones();
      network.setListeners(stats.listener(1));
      browser.open(ui.address().resolve("/train/overview"));
      TinyRun.train(network, 25);

      drawn = browser.await("(" + SCORES + " || []).length == 25 && " + SCORES);
      for (String chart : List.of("updateRatioChart", "stdevChart")) {
        browser.await("$('#" + chart + "').data('plot').getData().length > 0");
      }
      browser.screenshot(PICTURES.resolve("overview.png"));

      assertModelPageShows(ui, network.getVertices().length, TinyRun.CONVOLUTION);
      browser.await("$('#meanmag').data('plot').getData()[0].data.length == 25");
      browser.await("$('#learningrate').data('plot').getData()[0].data.length == 25");
      browser.await("$('#activations').data('plot').getData()[0].data.length == 25");
      browser.screenshot(PICTURES.resolve("model.png"));

      browser.open(ui.address().resolve("/train/system"));
      browser.await("$('canvas').length > 0");
      browser.screenshot(PICTURES.resolve("system.png"));
      assertStaysHere(ui);
    }
    write("history.csv", "epoch,validationLoss,rocAuc\n1,0.7,0.75\n2,0.6,0.875\n");
    write(
        "manifest.json",
        "{\"started\": \"2020-06-01T12:00:00Z\", \"finished\": \"2020-06-01T13:02:03Z\"}");
    try (RunStats stats = RunStats.open(file);
        TrainingUi ui = TrainingUi.start("127.0.0.1", 0)) {
      ui.show(stats);
      browser.open(ui.address().resolve("/train/overview"));
      assertEquals(drawn, browser.await(SCORES));
      List<?> epochs =
          (List<?>) browser.await("$('#validationchart').data('plot').getData()[1].data");
      assertEquals(List.of(2L, 0.875), epochs.get(1));
      browser.await("$('#startTime').text().indexOf('2020') >= 0");
      assertEquals("1 h 2 min 3 s", browser.await("$('#totalRuntime').text()"));
      browser.screenshot(PICTURES.resolve("overview-past.png"));
      assertStaysHere(ui);
    }
  }

  private void write(String name, String text) {
    try {
      Files.writeString(folder.resolve(name), text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void deepNetworkIsDrawn() {
    try (RunStats stats = RunStats.create(folder.resolve("stats.bin"), "deep");
        TrainingUi ui = TrainingUi.start("127.0.0.1", 0)) {
      ui.show(stats);
      var network = TinyRun.deep(200);
      network.setListeners(stats.listener(1));
      TinyRun.train(network, 2);
      browser.open(ui.address().resolve("/train/overview"));
      browser.await("(" + SCORES + " || []).length == 2");
      browser.screenshot(PICTURES.resolve("overview-deep.png"));
      assertModelPageShows(ui, network.getVertices().length, "resnet152/layer3.17.conv1");
      browser.screenshot(PICTURES.resolve("model-deep.png"));
      browser.leave();
    }
  }

  /** The graph holds every vertex, and a click on one opens its page. */
  private static void assertModelPageShows(TrainingUi ui, int vertices, String vertex) {
    browser.open(ui.address().resolve("/train/model"));
    Object names =
        browser.await("window.cy && cy.nodes().map(function (n) { return n.data('name'); })");
    assertEquals(vertices, ((List<?>) names).size());
    String named = "cy.nodes().filter(function (n) { return n.data('name').indexOf('(%s)') > 0; })";
    browser.await("(" + named.formatted(vertex) + ".emit('click'), true)");
    browser.await("$('#layerInfo').text().indexOf('" + vertex + "') >= 0");
  }

  private static void assertStaysHere(TrainingUi ui) {
    List<String> requests = browser.requests();
    assertTrue(requests.contains(ui.address() + "/train/overview"), requests::toString);
    assertEquals(
        List.of(), requests.stream().filter(url -> !url.startsWith("http://127.0.0.1:")).toList());
    assertEquals(List.of(), browser.complaints());
    browser.leave();
  }
}
