package io.pneuma.search;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pneuma.config.SearchRecipes;
import io.pneuma.run.RunDirectory;
import io.pneuma.search.CandidateRecord.Status;
import io.pneuma.training.Progress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Searches with a made-up function in place of training; none may hang. */
@Timeout(60)
class HyperparameterSearchTest {
  private static final String SPACE =
      """
      space:
        training.learningRate: {logUniform: [1e-5, 1e-1]}
        fusion.attention.type: [se, self, none]
      """;

  @TempDir Path folder;

  private SearchRecipes recipes(String generator, String more) throws IOException {
    return MadeUp.recipes(
        folder, "generator: " + generator + "\nbudget: {candidates: 24}\n" + more + SPACE);
  }

  private RunDirectory run(String name) {
    return RunDirectory.create(folder.resolve(name));
  }

  private static Leaderboard search(
      SearchRecipes recipes, RunDirectory run, int workers, MadeUp.Training training)
      throws IOException {
    return new HyperparameterSearch(recipes, run, Progress.SILENT)
        .run(MadeUp.trial(training), workers, Optional.empty(), "");
  }

  /** What a search is to be the same in: candidates with their values, scores and ends. */
  private static Map<Integer, List<Object>> outcome(Leaderboard leaderboard) {
    Map<Integer, List<Object>> outcome = new TreeMap<>();
    leaderboard
        .candidates()
        .forEach(
            c -> outcome.put(c.index(), List.of(c.values(), c.score(), c.status(), c.curve())));
    assertEquals(leaderboard.size(), outcome.size());
    return outcome;
  }

  @Test
  void findsTheBest() throws IOException {
    Leaderboard leaderboard = search(recipes("random", ""), run("run"), 2, MadeUp::train);
    assertEquals(24, leaderboard.size());
    assertEquals("self", leaderboard.winner().orElseThrow().get("fusion.attention.type"));
    double[] scores = leaderboard.candidates().stream().mapToDouble(c -> -c.score()).toArray();
    double[] sorted = scores.clone();
    java.util.Arrays.sort(sorted);
    assertArrayEquals(sorted, scores);
  }

  @ParameterizedTest
  @ValueSource(strings = {"random", "grid", "genetic"})
  void afterAnyNumberOfCandidatesAResumedSearchIsTheUninterruptedOne(String generator)
      throws IOException {
    SearchRecipes recipes =
        recipes(
            generator, generator.equals("grid") ? "gridPoints: 8\n" : "pruning: {afterEpoch: 2}\n");
    RunDirectory whole = run("whole");
    Map<Integer, List<Object>> expected = outcome(search(recipes, whole, 1, MadeUp::train));
    assertEquals(24, expected.size());
    List<String> lines = Files.readAllLines(whole.candidates());
    for (int done = 0; done <= lines.size(); done += 5) {
      RunDirectory resumed = run("resumed-" + done);
      // A search on three threads need not have finished its candidates in order.
      List<String> kept = lines.subList(0, done);
      String torn = done < lines.size() ? lines.get(done).substring(0, 40) : "";
      Files.writeString(
          resumed.candidates(), kept.isEmpty() ? torn : String.join("\n", kept) + "\n" + torn);
      AtomicInteger trained = new AtomicInteger();
      Leaderboard leaderboard =
          search(
              recipes,
              resumed,
              3,
              (recipe, watch) -> {
                trained.incrementAndGet();
                return MadeUp.train(recipe, watch);
              });
      assertEquals(expected, outcome(leaderboard), "after " + done);
      assertEquals(24 - done, trained.get());
    }
  }

  @Test
  void aCandidateThatFailsIsRecordedAndTheOthersGoOn() throws IOException {
    AtomicInteger n = new AtomicInteger();
    Leaderboard leaderboard =
        search(
            recipes("random", ""),
            run("run"),
            2,
            (recipe, watch) ->
                switch (n.getAndIncrement() % 4) {
                  case 0 -> throw new IllegalStateException("diverged");
                  case 1 -> throw new OutOfMemoryError("Physical memory usage is too high");
                  case 2 -> MadeUp.epoch(1, Double.NaN);
                  default -> MadeUp.train(recipe, watch);
                });
    assertEquals(24, leaderboard.size());
    List<CandidateRecord> failed =
        leaderboard.candidates().stream().filter(CandidateRecord::hasFailed).toList();
    assertEquals(18, failed.size());
    for (String reason : List.of("diverged", "out of memory: Physical", "rocAuc is undefined")) {
      assertEquals(6, failed.stream().filter(c -> c.reason().contains(reason)).count(), reason);
    }
    assertTrue(leaderboard.best().orElseThrow().isComplete());
  }

  @Test
  void aSearchOfWhichAllFailsEnds() throws IOException {
    Leaderboard leaderboard =
        search(
            recipes("genetic", ""),
            run("run"),
            2,
            (recipe, watch) -> {
              throw new IllegalStateException("never");
            });
    assertEquals(24, leaderboard.size());
    assertTrue(leaderboard.winner().isEmpty());
  }

  @Test
  void whatIsNoCandidatesFaultEndsTheSearch() {
    assertThrows(
        LinkageError.class,
        () ->
            search(
                recipes("random", ""),
                run("run"),
                2,
                (recipe, watch) -> {
                  throw new NoClassDefFoundError("a broken installation");
                }));
  }

  @Test
  void aClusterThatIsGoneEndsTheSearchAndAResumedOneGoesOn() throws IOException {
    SearchRecipes recipes = recipes("random", "");
    RunDirectory run = run("run");
    AtomicInteger n = new AtomicInteger();
    Trial breaking =
        (recipe, rule) -> {
          if (n.incrementAndGet() == 5) {
            throw new IOException("the cluster is gone");
          }
          return MadeUp.trial(MadeUp::train).train(recipe, rule);
        };
    IOException gone =
        assertThrows(
            IOException.class,
            () ->
                new HyperparameterSearch(recipes, run, Progress.SILENT)
                    .run(breaking, 1, Optional.empty(), ""));
    assertEquals("the cluster is gone", gone.getMessage());
    assertEquals(4, Files.readAllLines(run.candidates()).size());
    assertEquals(
        outcome(search(recipes, run("whole"), 1, MadeUp::train)),
        outcome(search(recipes, run, 1, MadeUp::train)));
  }

  @Test
  void pruningSavesEpochsAndKeepsTheWinner() throws IOException {
    Leaderboard all = search(recipes("random", ""), run("all"), 2, MadeUp::train);
    Leaderboard pruned =
        search(recipes("random", "pruning: {afterEpoch: 2}\n"), run("few"), 2, MadeUp::train);
    assertEquals(all.winner(), pruned.winner());
    assertEquals(all.best().orElseThrow().score(), pruned.best().orElseThrow().score());
    List<CandidateRecord> givenUp =
        pruned.candidates().stream().filter(c -> c.status() == Status.PRUNED).toList();
    assertTrue(givenUp.size() >= 4, givenUp.size() + " given up");
    givenUp.forEach(c -> assertEquals(2, c.epochs()));
  }

  @Test
  void lessIsBetterOfTheCalibrationError() throws IOException {
    Leaderboard leaderboard =
        search(
            recipes("random", "objective: ece\n"),
            run("run"),
            2,
            (recipe, watch) -> {
              double score = MadeUp.score(recipe, 1);
              return new io.pneuma.run.History.Epoch(1, 1, 1, 1, Map.of("ece", score), 0);
            });
    double least =
        leaderboard.candidates().stream().mapToDouble(CandidateRecord::score).min().orElseThrow();
    assertEquals(least, leaderboard.best().orElseThrow().score());
  }

  @Test
  void leavesItsResultsInTheRunDirectory() throws IOException {
    SearchRecipes recipes = recipes("random", "");
    RunDirectory run = run("run");
    AtomicInteger n = new AtomicInteger();
    Leaderboard leaderboard =
        search(
            recipes,
            run,
            1,
            (recipe, watch) -> {
              if (n.getAndIncrement() == 3) {
                throw new IllegalStateException("two\nlines, \"quoted\"");
              }
              return MadeUp.train(recipe, watch);
            });
    String text = SearchResults.write(run, recipes, leaderboard, Progress.SILENT).toString();
    assertTrue(text.contains("fusion.attention.type"), text);
    List<String> rows = Files.readAllLines(run.leaderboard());
    assertEquals(1 + 24 + 1, rows.size()); // The reason has two lines.
    assertTrue(rows.get(1).startsWith("1," + leaderboard.best().orElseThrow().index() + ","));
    assertEquals(3, Files.readAllLines(run.importance()).size());
    assertEquals(1000, ImageIO.read(run.sweep().toFile()).getWidth());
    assertEquals(
        recipes.candidate(leaderboard.winner().orElseThrow()).yaml(),
        Files.readString(run.winner()));
  }
}
