package io.pneuma.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.pneuma.TinyRadiographs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a run keeps of files that were left out, and of each look at its test split. */
class TracesTest {
  @TempDir static Path folder;
  private static Path images;
  private static Path recipe;
  private static Path run;

  @BeforeAll
  static void trainWithABrokenFile() throws IOException {
    images = folder.resolve("images");
    TinyRadiographs.write(images, 12);
    Files.writeString(images.resolve("train/NORMAL/person99_broken_1.png"), "no image");
    Files.writeString(images.resolve("test/NORMAL/person98_broken_1.png"), "no image");
    recipe = folder.resolve("tiny.yaml");
    Files.writeString(
        recipe,
        TinyRadiographs.recipe(images, "all", "none")
            .replace("data:\n", "data:\n  onBadImage: skip\n"));
    run = folder.resolve("run");
    CliResult training = CliResult.of("train", recipe, "--run", run, "--set", "training.epochs=1");
    assertEquals(0, training.exitCode(), training.err());
  }

  @Test
  void filesLeftOutAreListedAndWarnedOf() throws IOException {
    List<String> rows = Files.readAllLines(run.resolve("skipped.csv"));
    assertEquals("file,reason", rows.get(0));
    assertEquals(3, rows.size());
    assertTrue(
        rows.stream().anyMatch(row -> row.contains("person99_broken_1.png,")), rows::toString);
    String warnings =
        new ObjectMapper()
            .readTree(run.resolve("manifest.json").toFile())
            .get("warnings")
            .toString();
    assertTrue(warnings.contains("2 files gave no image and are left out"), warnings);
  }

  @Test
  void eachLookAtTheTestSplitIsCountedAndSaid() throws IOException {
    Path openings = run.resolve("test-openings.csv");
    int before = Files.readAllLines(openings).size();
    assertTrue(Files.readAllLines(openings).get(1).endsWith(",train"));
    CliResult own = CliResult.of("evaluate", "--run", run);
    assertTrue(
        own.err().contains("the test split of this run was opened " + before + " times so far"),
        own.err());
    CliResult named = CliResult.of("evaluate", "--run", run, "--data", images.resolve("test"));
    assertTrue(named.err().contains("opened " + (before + 1) + " times"), named.err());
    assertTrue(named.err().contains("skipped: "), named.err());
    assertEquals(before + 2, Files.readAllLines(openings).size());
    Path other = folder.resolve("other");
    TinyRadiographs.write(other, 4);
    CliResult elsewhere = CliResult.of("evaluate", "--run", run, "--data", other);
    assertEquals(0, elsewhere.exitCode(), elsewhere.err());
    assertFalse(elsewhere.err().contains("was opened"), elsewhere.err());
    assertEquals(before + 2, Files.readAllLines(openings).size());
  }
}
