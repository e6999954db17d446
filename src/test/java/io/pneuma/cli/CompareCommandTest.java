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
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** compare and runs, on tiny runs. */
class CompareCommandTest {
  @TempDir static Path folder;

  private static Path train(String name, String... settings) {
    Path run = folder.resolve("runs").resolve(name);
    Object[] args = new Object[4 + 2 * settings.length];
    args[0] = "train";
    args[1] = folder.resolve("recipe.yaml");
    args[2] = "--run";
    args[3] = run;
    for (int i = 0; i < settings.length; i++) {
      args[4 + 2 * i] = "--set";
      args[5 + 2 * i] = settings[i];
    }
    CliResult result = CliResult.of(args);
    assertEquals(0, result.exitCode(), result.err());
    return run;
  }

  @BeforeAll
  static void trainThree() throws IOException {
    Path images = folder.resolve("images");
    TinyRadiographs.write(images, 12);
    Files.writeString(folder.resolve("recipe.yaml"), TinyRadiographs.recipe(images, "all", "se"));
    train("se");
    train("eca", "fusion.attention={type: eca}", "training.epochs=1");
    train("other", "data.validation.fraction=0.5");
  }

  private static Path run(String name) {
    return folder.resolve("runs").resolve(name);
  }

  @Test
  void comparesOnTheSameImages() throws IOException {
    Path json = folder.resolve("comparison.json");
    CliResult result = CliResult.of("compare", run("se"), run("eca"), "--json", json);
    assertEquals(0, result.exitCode(), result.err());
    assertTrue(result.err().contains("images of the test split"), result.err());
    assertTrue(result.out().contains("se - eca  rocAuc"), result.out());
    assertTrue(result.out().contains("se alone answers"), result.out());
    assertTrue(result.out().contains("McNemar's test takes images as independent"), result.out());
    JsonNode pair = new ObjectMapper().readTree(json.toFile()).at("/pairs/0");
    assertEquals(12, pair.at("/comparison/images").asInt());
    assertTrue(pair.at("/comparison/differences/rocAuc/p").isNumber());
  }

  @Test
  void severalGetHolmsCorrection() {
    CliResult result = CliResult.of("compare", run("se"), run("eca"), run("other"));
    assertEquals(0, result.exitCode(), result.err()); // All three have the official test/ folder.
    assertTrue(result.out().contains("Holm's p"), result.out());
    assertEquals(3, result.out().lines().filter(line -> line.startsWith("Of ")).count());
  }

  @Test
  void otherImagesAreRefusedWithAnExample() throws IOException {
    Path changed = folder.resolve("changed");
    Files.createDirectories(changed);
    for (String file :
        List.of(
            "config.yaml",
            "labels.json",
            "manifest.json",
            "model.zip",
            "decision.json",
            "predictions.csv")) {
      Files.copy(run("se").resolve(file), changed.resolve(file));
    }
    String splits = Files.readString(run("se").resolve("split.csv"));
    String line = splits.lines().filter(l -> l.contains(",test,")).findFirst().orElseThrow();
    String other = line.substring(0, line.length() - 3) + "000";
    Files.writeString(changed.resolve("split.csv"), splits.replace(line, other));
    CliResult result = CliResult.of("compare", run("se"), changed);
    assertEquals(2, result.exitCode());
    assertTrue(
        result.err().contains("1 of the one and 1 of the other are not in both"), result.err());
  }

  @Test
  void aRunGivenTwiceAndWhatIsNoRunAreRefused() {
    CliResult twice = CliResult.of("compare", run("se"), run("se"));
    assertEquals(2, twice.exitCode());
    assertTrue(twice.err().contains("is given twice"), twice.err());
    assertEquals(2, CliResult.of("compare", run("se"), folder.resolve("images")).exitCode());
    assertEquals(2, CliResult.of("compare", run("se")).exitCode());
  }

  @Test
  void listsRunsNewestFirstAndDamagedOnesWithWhy() throws IOException {
    Path broken = Files.createDirectories(run("broken"));
    Files.writeString(broken.resolve("config.yaml"), "seed: 1\n");
    Files.writeString(broken.resolve("manifest.json"), "{");
    CliResult result = CliResult.of("runs", folder.resolve("runs"));
    assertEquals(0, result.exitCode(), result.err());
    List<String> lines = result.out().lines().toList();
    assertEquals(5, lines.size(), result.out());
    assertTrue(lines.get(0).startsWith("run "), result.out());
    assertTrue(
        lines.stream().anyMatch(line -> line.startsWith("broken") && line.contains("is damaged")),
        result.out());
    assertTrue(
        lines.stream().anyMatch(line -> line.startsWith("se ") && line.contains("squeezenet1_1")),
        result.out());
    CliResult json = CliResult.of("runs", folder.resolve("runs"), "--json");
    JsonNode first = new ObjectMapper().readTree(json.out().lines().findFirst().orElseThrow());
    assertTrue(first.has("started"), json.out());
    Files.delete(broken.resolve("manifest.json"));
    Files.delete(broken.resolve("config.yaml"));
  }
}
