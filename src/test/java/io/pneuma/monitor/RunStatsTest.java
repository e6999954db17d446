package io.pneuma.monitor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.deeplearning4j.ui.model.stats.BaseStatsListener;
import org.deeplearning4j.ui.model.stats.api.StatsReport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The statistics file of a run. */
class RunStatsTest {
  @TempDir Path folder;

  @Test
  void keepsOnePointAnIteration() {
    Path file = folder.resolve("stats.bin");
    try (RunStats stats = RunStats.create(file, "run")) {
      train(stats, 0, 20);
    }
    try (RunStats stats = RunStats.open(file)) {
      assertEquals(20, iterations(stats).size());
      assertEquals(19, iterations(stats).get(19));
    }
  }

  @Test
  void reportsEveryNthIteration() {
    try (RunStats stats = RunStats.create(folder.resolve("stats.bin"), "run")) {
      var network = TinyRun.twoBackbones();
      network.setListeners(stats.listener(10));
      TinyRun.train(network, 31);
      assertEquals(List.of(10, 20, 30), iterations(stats));
    }
  }

  @Test
  void resumedRunDrawsOnWithoutRepeatingIterations() {
    Path file = folder.resolve("stats.bin");
    try (RunStats stats = RunStats.create(file, "run")) {
      train(stats, 0, 5);
    }
    try (RunStats stats = RunStats.create(file, "run")) {
      train(stats, 3, 4); // from a checkpoint two iterations back
      assertEquals(List.of(0, 1, 2, 3, 4, 5, 6), iterations(stats));
    }
  }

  @Test
  void survivesBeingKilled() throws IOException, InterruptedException {
    Path file = folder.resolve("stats.bin");
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    Process training =
        new ProcessBuilder(
                java,
                "-Xmx512m",
                "-cp",
                System.getProperty("java.class.path"),
                Endless.class.getName(),
                file.toString())
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    try (var output =
        new BufferedReader(
            new InputStreamReader(training.getInputStream(), StandardCharsets.UTF_8))) {
      String line;
      do {
        line = output.readLine();
      } while (line != null && !line.equals(Endless.UNDER_WAY));
      assertEquals(Endless.UNDER_WAY, line);
    } finally {
      training.destroyForcibly().waitFor();
    }
    try (RunStats stats = RunStats.open(file)) {
      List<Integer> iterations = iterations(stats);
      assertTrue(iterations.size() >= Endless.FEW, iterations::toString);
      assertEquals(iterations.size() - 1, iterations.get(iterations.size() - 1));
    }
  }

  @Test
  void saysWhatIsWrongWithAFile() throws IOException {
    Path missing = folder.resolve("no/stats.bin");
    assertTrue(refused(missing).contains(missing + " does not exist"));
    Path text = Files.writeString(folder.resolve("text"), "iteration,score\n");
    assertTrue(refused(text).contains(text + " cannot be read as a statistics file"));
    Path empty = Files.createFile(folder.resolve("empty"));
    assertTrue(refused(empty).contains(empty + " cannot be read as a statistics file"));
    Path noReport = folder.resolve("stats.bin");
    RunStats.create(noReport, "run").close();
    assertTrue(refused(noReport).contains("holds no training session"));
  }

  /** Trains until it is killed. */
  static final class Endless {
    static final String UNDER_WAY = "under way";
    static final int FEW = 10;

    private Endless() {}

    public static void main(String[] arguments) {
      RunStats stats = RunStats.create(Path.of(arguments[0]), "run");
      var network = TinyRun.twoBackbones();
      network.setListeners(stats.listener(1));
      TinyRun.train(network, FEW);
      System.out.println(UNDER_WAY);
      TinyRun.train(network, Integer.MAX_VALUE);
    }
  }

  private static void train(RunStats stats, int from, int iterations) {
    var network = TinyRun.twoBackbones();
    network.getConfiguration().setIterationCount(from);
    network.setListeners(stats.listener(1));
    TinyRun.train(network, iterations);
  }

  private static List<Integer> iterations(RunStats stats) {
    var storage = stats.storage();
    String session = storage.listSessionIDs().get(0);
    return storage.getAllUpdatesAfter(session, BaseStatsListener.TYPE_ID, 0).stream()
        .map(update -> ((StatsReport) update).getIterationCount())
        .toList();
  }

  private static String refused(Path file) {
    String message =
        assertThrows(MonitorException.class, () -> RunStats.open(file).close()).getMessage();
    assertFalse(message.contains("\n"), message);
    return message;
  }
}
