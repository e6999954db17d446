package io.pneuma.spark;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.pneuma.TinyRadiographs;
import io.pneuma.cli.Cli;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What executors train is what one machine trains, number for number. */
class SparkTrialsTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  private static final String SEARCH =
      """
      search:
        budget: {candidates: 12}
        pruning: {afterEpoch: 1}
        space:
          training.learningRate: {logUniform: [1e-4, 1e-1]}
          fusion.attention.type: [se, self, none]
          augmentation.views: [1, 2]
          training.sampling: [none, balanced, propensity]
          training.epochs: [3]
      """;

  @TempDir static Path folder;
  private static Path recipe;

  @BeforeAll
  static void draw() throws IOException {
    Path images = folder.resolve("images");
    TinyRadiographs.write(images, 12);
    recipe = folder.resolve("search.yaml");
    Files.writeString(recipe, TinyRadiographs.recipe(images, "all", "se") + SEARCH);
  }

  /** Runs a verb here, and on executors; returns the folders of both runs. */
  private static List<Path> hereAndThere(String name, Object... args) {
    List<Path> runs = List.of(folder.resolve(name), folder.resolve(name + "-spark"));
    pneuma(Stream.concat(Stream.of(args), Stream.of("--run", runs.get(0))));
    pneuma(Stream.concat(Stream.of(args), Stream.of("--run", runs.get(1), "--spark", "local[2]")));
    return runs;
  }

  private static void pneuma(Stream<Object> args) {
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    int exitCode =
        Cli.run(
            new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8),
            args.map(Object::toString).toArray(String[]::new));
    assertEquals(0, exitCode, err.toString(StandardCharsets.UTF_8));
  }

  /** By its number each candidate, without times. */
  private static Map<Integer, JsonNode> candidates(Path run) throws IOException {
    Map<Integer, JsonNode> candidates = new TreeMap<>();
    for (String line : Files.readAllLines(run.resolve("candidates.jsonl"))) {
      ObjectNode candidate = (ObjectNode) JSON.readTree(line);
      candidate.remove(List.of("seconds", "elapsed", "finished"));
      candidates.put(candidate.get("index").asInt(), candidate);
    }
    return candidates;
  }

  private static List<String> statuses(Map<Integer, JsonNode> candidates) {
    return candidates.values().stream().map(each -> each.get("status").asText()).toList();
  }

  @Test
  void aSearchHasTheSameCandidatesAndTheSameWinner() throws IOException {
    List<Path> runs = hereAndThere("search", "search", recipe);
    Map<Integer, JsonNode> here = candidates(runs.get(0));
    assertEquals(12, here.size());
    assertTrue(statuses(here).contains("PRUNED"), here.toString());
    assertEquals(here, candidates(runs.get(1)));
    assertEquals(
        Files.readString(runs.get(0).resolve("winner.yaml")),
        Files.readString(runs.get(1).resolve("winner.yaml")));
  }

  @Test
  void wholeNetworksTrainThereTooAndFailForTheSameReason() throws IOException {
    List<Path> runs =
        hereAndThere(
            "whole",
            "search",
            recipe,
            "--set",
            "backbones[0].freeze=none",
            "--set",
            "training.probeEpochs=1",
            "--set",
            "search.pruning=none",
            "--set",
            "fusion={on: map, attention: {type: self}}",
            "--set",
            // Five heads do not divide the maps' channels, which is found when the network is
            // built.
            "search.space={training.epochs: [1], fusion.attention.heads: {integer: [3, 6]}}");
    Map<Integer, JsonNode> here = candidates(runs.get(0));
    assertEquals(4, here.size());
    assertTrue(statuses(here).containsAll(List.of("COMPLETE", "FAILED")), here.toString());
    assertEquals(here, candidates(runs.get(1)));
  }

  @Test
  void aTableHasTheSameAnswers() throws IOException {
    Path table = folder.resolve("table.yaml");
    Files.writeString(table, TinyRadiographs.recipe(folder.resolve("images"), "all", "se"));
    List<Path> runs =
        hereAndThere(
            "table",
            "reproduce",
            table,
            "--set",
            "evaluation={folds: 2, seeds: 2}",
            "--set",
            "training.epochs=2");
    assertEquals(
        Files.readString(runs.get(0).resolve("table.md")),
        Files.readString(runs.get(1).resolve("table.md")));
    List<JsonNode> here = cells(runs.get(0));
    assertEquals(6 * 2 * 2, here.size());
    assertEquals(here, cells(runs.get(1)));
  }

  private static List<JsonNode> cells(Path run) throws IOException {
    List<Path> files;
    try (Stream<Path> cells = Files.list(run.resolve("cells"))) {
      files = cells.sorted().toList();
    }
    List<JsonNode> cells = new ArrayList<>();
    for (Path file : files) {
      cells.add(((ObjectNode) JSON.readTree(file.toFile())).without("seconds"));
    }
    return cells;
  }
}
