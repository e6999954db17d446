package io.pneuma.monitor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pneuma.Chromium;
import io.pneuma.TinyRadiographs;
import io.pneuma.config.Recipe;
import io.pneuma.config.SearchRecipes;
import io.pneuma.run.History;
import io.pneuma.run.RunDirectory;
import io.pneuma.search.HyperparameterSearch;
import io.pneuma.search.MedianRule;
import io.pneuma.search.Outcome;
import io.pneuma.training.Progress;
import io.pneuma.training.Trials;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What one sees of a search on Arbiter's page. Screenshots of it stay in target/training-ui. */
class SearchPagesTest {
  private static final Path PICTURES = Path.of("target", "training-ui");
  private static final String ROWS = "$('#resultsTableBody tr')";

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

  private SearchRecipes recipes(String generator) throws IOException {
    Path file = folder.resolve("search.yaml");
    String search =
        """
        search:
          generator: %s
          budget: {candidates: 6, minutes: 30}
          space:
            training.learningRate: {logUniform: [1e-5, 1e-1]}
            fusion.attention.type: [se, none]
            fusion.attention.reduction: {integer: [2, 4]}
            training.epochs: [3]
        """;
    Files.writeString(
        file, TinyRadiographs.recipe(folder, "all", "se") + search.formatted(generator));
    return TinyRadiographs.loader(folder).loadSearch(file, List.of());
  }

  /** The fourth waits until it may go on, the fifth fails. */
  private static final class Candidates {
    private final CountDownLatch fourth = new CountDownLatch(1);
    private final CountDownLatch goOn = new CountDownLatch(1);
    private int n;

    Outcome trial(Recipe recipe, MedianRule rule) {
      return Outcome.of(this::train, rule);
    }

    private History.Epoch train(Trials.Watch watch) throws InterruptedException {
      n++;
      if (n == 4) {
        fourth.countDown();
        goOn.await();
      }
      if (n == 5) {
        throw new IllegalStateException("too much");
      }
      History.Epoch last = null;
      for (int epoch = 1; epoch <= 3; epoch++) {
        double score = 0.5 + 0.01 * n + 0.1 * epoch;
        last = new History.Epoch(epoch, 1, 1, 1, Map.of("rocAuc", score), 0);
        watch.goOn(last);
      }
      return last;
    }
  }

  private static Thread search(
      SearchRecipes recipes, RunDirectory run, RunStats stats, Candidates candidates) {
    Thread thread =
        new Thread(
            () -> {
              try {
                new HyperparameterSearch(recipes, run, Progress.SILENT)
                    .run(candidates::trial, 1, Optional.of(stats.router()), stats.session());
              } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
              }
            });
    thread.start();
    return thread;
  }

  @Test
  void searchIsShownAsItRunsAndAgainWhenItIsPast() throws Exception {
    RunDirectory run = RunDirectory.create(folder.resolve("run"));
    Path file = run.stats();
    try (RunStats stats = RunStats.create(file, "sweep");
        TrainingUi ui = TrainingUi.start("127.0.0.1", 0)) {
      ui.show(stats);
      Candidates candidates = new Candidates();
      Thread search = search(recipes("random"), run, stats, candidates);
      // Arbiter's page may miss what comes while it loads, until the next candidate is over.
      assertTrue(candidates.fourth.await(1, TimeUnit.MINUTES));
      browser.open(ui.address().resolve("/arbiter"));
      browser.await(ROWS + ".length == 4");
      browser.await(row("Best Score") + ".indexOf('0.83') == 0");
      browser.await(ROWS + ".text().indexOf('Running') > 0");
      browser.screenshot(PICTURES.resolve("arbiter-live.png"));

      candidates.goOn.countDown();
      search.join();
      assertShowsAll();
      browser.screenshot(PICTURES.resolve("arbiter.png"));
      assertStaysHere();
    }
    try (RunStats stats = RunStats.open(file);
        TrainingUi ui = TrainingUi.start("127.0.0.1", 0)) {
      ui.show(stats);
      browser.open(ui.address().resolve("/arbiter"));
      assertShowsAll();
      browser.await("($('#rTbl-4').click(), true)");
      browser.await("$('#resultsviewdiv').text().indexOf('too much') > 0");
      browser.await("($('#rTbl-1').click(), true)");
      browser.await("$('#resultsviewdiv').text().indexOf('training.learningRate') > 0");
      browser.await("$('#resultsviewdiv svg').length > 0");
      browser.screenshot(PICTURES.resolve("arbiter-past.png"));
      assertStaysHere();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"grid\n  gridPoints: 2\n  pruning: none", "genetic"})
  void everyGeneratorsSettingsAreShown(String generator) throws Exception {
    RunDirectory run = RunDirectory.create(folder.resolve("run"));
    try (RunStats stats = RunStats.create(run.stats(), "sweep");
        TrainingUi ui = TrainingUi.start("127.0.0.1", 0)) {
      ui.show(stats);
      Candidates candidates = new Candidates();
      candidates.goOn.countDown();
      search(recipes(generator), run, stats, candidates).join();
      browser.open(ui.address().resolve("/arbiter"));
      browser.await("$('#settingsdiv').text().indexOf('LogUniformDistribution') > 0");
      String name = generator.startsWith("grid") ? "GridSearch" : "GeneticSearch";
      browser.await("$('#settingsdiv').text().indexOf('" + name + "') > 0");
      assertStaysHere();
    }
  }

  private static void assertShowsAll() {
    browser.await(ROWS + ".length == 6");
    browser.await(row("Models Completed") + " == '5'");
    browser.await(row("Models Failed") + " == '1'");
    browser.await(row("Best Score") + ".indexOf('0.86') == 0");
    browser.await(ROWS + ".text().indexOf('Failed') > 0");
    browser.await("$('#resultsTableHeader').text().indexOf('training.learningRate') > 0");
    browser.await(
        ROWS + ".find('td').filter(function () { return $(this).text() == 'se' }).length > 0");
    browser.await("$('#settingsdiv').text().indexOf('rocAuc on validation') > 0");
    browser.await("$('#statusdiv svg circle').length >= 5");
  }

  /** The value beside a name in the table of the summary. */
  private static String row(String name) {
    return "$('#statusdiv td').filter(function () { return $(this).text() == '"
        + name
        + "'; }).next().text()";
  }

  private static void assertStaysHere() {
    List<String> requests = browser.requests();
    assertTrue(requests.stream().anyMatch(url -> url.endsWith("/arbiter")), requests::toString);
    assertEquals(
        List.of(), requests.stream().filter(url -> !url.startsWith("http://127.0.0.1:")).toList());
    assertEquals(List.of(), browser.complaints());
    browser.leave();
  }
}
