package io.pneuma.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.pneuma.TinyRadiographs;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A small search as its user meets it, with real heads on real features. */
class SearchCommandTest {
  private static final String SEARCH =
      """
      search:
        budget: {candidates: 5}
        space:
          training.learningRate: {logUniform: [1e-4, 1e-1]}
          fusion.attention.type: [se, eca, self]
          fusion.attention.heads: [1, 3]
          training.epochs: [2]
      """;

  @TempDir static Path folder;
  private static Path recipe;
  private static Path run;
  private static Result search;

  private record Result(int exitCode, String out, String err) {}

  private static Result pneuma(Object... args) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    int exitCode =
        Cli.run(
            new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8),
            Stream.of(args).map(Object::toString).toArray(String[]::new));
    return new Result(
        exitCode, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
  }

  @BeforeAll
  static void searchOnce() throws IOException {
    Path images = folder.resolve("images");
    TinyRadiographs.write(images, 12);
    recipe = folder.resolve("tiny.yaml");
    // An embedding of 9, which three heads divide.
    Files.writeString(
        recipe,
        TinyRadiographs.recipe(images, "all", "se").replace("embedding: 8", "embedding: 9")
            + SEARCH);
    run = folder.resolve("run");
    search = pneuma("search", recipe, "--run", run);
  }

  @Test
  void leavesALeaderboardAndSaysWhatToTrain() throws IOException {
    assertEquals(0, search.exitCode(), search.err());
    for (String file :
        List.of(
            "config.yaml",
            "manifest.json",
            "candidates.jsonl",
            "leaderboard.csv",
            "importance.csv",
            "winner.yaml",
            "sweep.png",
            "stats.bin",
            "log.txt")) {
      assertTrue(Files.size(run.resolve(file)) > 0, file);
    }
    assertFalse(Files.exists(run.resolve("model.zip")));
    assertFalse(Files.exists(run.resolve("checkpoints")));
    assertEquals(6, Files.readAllLines(run.resolve("leaderboard.csv")).size());
    assertTrue(search.out().contains("fusion.attention.type"), search.out());
    assertTrue(search.out().contains("./run.sh train " + run.resolve("winner.yaml")));
    assertTrue(search.out().startsWith("rank  candidate  rocAuc  learningRate  type  heads"));
    assertTrue(
        search.out().lines().filter(line -> !line.contains("/")).allMatch(l -> l.length() <= 80));
    assertTrue(search.err().contains("heads train at a time"), search.err());
  }

  @Test
  void theWinnerTrainedAloneScoresTheSame() throws IOException {
    List<String> header =
        List.of(Files.readAllLines(run.resolve("leaderboard.csv")).get(0).split(","));
    List<String> best =
        List.of(Files.readAllLines(run.resolve("leaderboard.csv")).get(1).split(","));
    Path alone = folder.resolve("alone");
    Result training = pneuma("train", run.resolve("winner.yaml"), "--run", alone);
    assertEquals(0, training.exitCode(), training.err());
    double again =
        new ObjectMapper()
            .readTree(alone.resolve("metrics.json").toFile())
            .at("/splits/validation/rocAuc")
            .asDouble();
    assertEquals(Double.parseDouble(best.get(header.indexOf("rocAuc"))), again, 1e-6);
    String loss = Files.readAllLines(run.resolve("candidates.jsonl")).get(0);
    assertTrue(loss.contains("validationLoss"), loss);
  }

  @Test
  void resumesWhatWasInterruptedByTheSameCommand() throws IOException {
    Path killed = folder.resolve("killed");
    Files.createDirectories(killed);
    for (String file : List.of("config.yaml", "manifest.json", "labels.json")) {
      Files.copy(run.resolve(file), killed.resolve(file));
    }
    List<String> done = Files.readAllLines(run.resolve("candidates.jsonl"));
    Files.writeString(
        killed.resolve("candidates.jsonl"), done.get(0) + "\n" + done.get(1) + "\n{\"ind");
    Result resumed = pneuma("search", recipe, "--run", killed, "--resume");
    assertEquals(0, resumed.exitCode(), resumed.err());
    assertEquals(withoutTimes(run), withoutTimes(killed));
    assertEquals(
        done.subList(0, 2), Files.readAllLines(killed.resolve("candidates.jsonl")).subList(0, 2));
    Result again = pneuma("search", "--run", killed, "--resume");
    assertEquals(0, again.exitCode(), again.err());
    assertEquals(5, Files.readAllLines(killed.resolve("candidates.jsonl")).size());
  }

  /** The last two columns are the seconds and the reason. */
  private static List<String> withoutTimes(Path of) throws IOException {
    return Files.readAllLines(of.resolve("leaderboard.csv")).stream()
        .map(row -> row.replaceFirst(",[^,]*,[^,]*$", ""))
        .toList();
  }

  @Test
  void resumesNoOtherSearch() {
    Result other = pneuma("search", recipe, "--run", run, "--resume", "--set", "training.epochs=9");
    assertEquals(2, other.exitCode());
    assertTrue(other.err().contains("is not what"), other.err());
    Result changed = pneuma("search", "--run", run, "--resume", "--set", "search.objective=f1");
    assertEquals(2, changed.exitCode());
    assertTrue(changed.err().contains("search.budget, monitor"), changed.err());
  }

  @Test
  void wrongSearchesAreRefusedBeforeAnyWork() {
    Path never = folder.resolve("never");
    Result grid =
        pneuma(
            "search",
            recipe,
            "--run",
            never,
            "--set",
            "search.generator=grid",
            "--set",
            "search.gridPoints=4");
    assertEquals(2, grid.exitCode());
    assertTrue(grid.err().contains("has 16 candidates"), grid.err());
    assertEquals(
        2, pneuma("search", recipe, "--run", never, "--set", "search.budget={}").exitCode());
    assertEquals(2, pneuma("search").exitCode());
    assertEquals(2, pneuma("train", recipe, "--run", never).exitCode());
    assertFalse(Files.exists(never));
  }

  @Test
  void backbonesThatLearnAreSearchedTooAndFailuresAreRows() throws IOException {
    Path learning = folder.resolve("learning");
    Result result =
        pneuma(
            "search",
            recipe,
            "--run",
            learning,
            "--set",
            "backbones[0].freeze=none",
            "--set",
            "search.budget.candidates=2",
            "--set",
            "search.space={training.epochs: [1], fusion.embedding: [9, none],"
                + " fusion.attention.type: [self, se],"
                + " fusion.attention.heads: [3]}");
    assertEquals(0, result.exitCode(), result.err());
    assertTrue(result.err().contains("each candidate trains the whole network"), result.err());
    assertEquals(3, Files.readAllLines(learning.resolve("leaderboard.csv")).size());
  }
}
