package io.pneuma.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.pneuma.TinyRadiographs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReproduceCommandTest {
  @TempDir static Path folder;
  private static Path recipe;
  private static Path run;
  private static CliResult first;

  @BeforeAll
  static void reproduce() throws IOException {
    Path images = folder.resolve("images");
    TinyRadiographs.write(images, 24);
    recipe = folder.resolve("recipe.yaml");
    Files.writeString(recipe, TinyRadiographs.recipe(images, "all", "se"));
    run = folder.resolve("run");
    first = reproduce("--run", run);
  }

  private static CliResult reproduce(Object... more) {
    return CliResult.of(
        Stream.concat(
                Stream.of(
                    "reproduce",
                    recipe,
                    "--set",
                    "evaluation={folds: 2, seeds: 2}",
                    "--set",
                    "training.epochs=2"),
                Stream.of(more))
            .toArray());
  }

  @Test
  void everyNetworkIsTrainedOnEveryFoldWithEverySeed() throws IOException {
    assertEquals(0, first.exitCode(), first.err());
    try (Stream<Path> cells = Files.list(run.resolve("cells"))) {
      assertEquals(6 * 2 * 2, cells.count()); // Two alone, merged in four ways.
    }
    JsonNode table = new ObjectMapper().readTree(run.resolve("reproduction.json").toFile());
    assertEquals(6, table.get("rows").size());
    assertEquals(2, table.get("seeds").asInt());
    assertEquals(3 + 2, table.get("comparisons").size());
    JsonNode accuracy = table.at("/rows/0/scores/accuracy");
    assertTrue(accuracy.get("low").asDouble() <= accuracy.get("mean").asDouble());
    assertTrue(accuracy.get("mean").asDouble() <= accuracy.get("high").asDouble());
    assertTrue(first.out().contains("balanced accuracy (the paper's \"AUC\")"), first.out());
    assertEquals(
        first.out().lines().toList().subList(0, 5),
        Files.readAllLines(run.resolve("table.md")).subList(0, 5));
  }

  @Test
  void resumingTrainsWhatIsMissingAndComesOutTheSame() throws IOException {
    String before = Files.readString(run.resolve("reproduction.json"));
    List<Path> cells;
    try (Stream<Path> files = Files.list(run.resolve("cells"))) {
      cells = files.sorted().toList();
    }
    Files.delete(cells.get(3));
    Files.delete(cells.get(11));
    Files.delete(run.resolve("reproduction.json"));
    CliResult again = CliResult.of("reproduce", "--resume", "--run", run);
    assertEquals(0, again.exitCode(), again.err());
    assertEquals(before, Files.readString(run.resolve("reproduction.json")));
    CliResult other =
        CliResult.of("reproduce", "--resume", "--run", run, "--set", "evaluation.seeds=3");
    assertEquals(2, other.exitCode());
    assertTrue(other.err().contains("would make it another run"), other.err());
  }

  @Test
  void whatCannotBeATableIsRefused() {
    CliResult learning =
        reproduce("--run", folder.resolve("no"), "--set", "backbones[0].freeze=none");
    assertEquals(2, learning.exitCode());
    assertTrue(learning.err().contains("freeze: all"), learning.err());
    CliResult search =
        CliResult.of("search", "conf/search.yaml", "--set", "evaluation.folds=2", "--no-ui");
    assertEquals(2, search.exitCode());
    assertTrue(search.err().contains("a search trains each candidate once"), search.err());
  }

  @Test
  void itKeepsNoNetworkAndSaysSo() {
    CliResult result = CliResult.of("report", "--run", run);
    assertEquals(2, result.exitCode());
    assertTrue(result.err().contains("is a reproduction, which keeps no network"), result.err());
  }
}
