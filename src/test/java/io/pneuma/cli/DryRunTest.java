package io.pneuma.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pneuma.TinyRadiographs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The plan tells what a run would do, and nothing on disk is another for it. */
class DryRunTest {
  @TempDir Path folder;
  private Path recipe;

  @BeforeEach
  void recipe() throws IOException {
    TinyRadiographs.write(folder.resolve("images"), 12);
    recipe = folder.resolve("tiny.yaml");
    Files.writeString(recipe, TinyRadiographs.recipe(folder.resolve("images"), "all", "se"));
  }

  private static Map<Path, String> state(Path... roots) throws IOException {
    Map<Path, String> state = new TreeMap<>();
    for (Path root : roots) {
      if (Files.exists(root)) {
        try (Stream<Path> files = Files.walk(root)) {
          for (Path file : files.toList()) {
            state.put(file, Files.size(file) + " " + Files.getLastModifiedTime(file));
          }
        }
      }
    }
    return state;
  }

  /** Runs a command and holds that nothing changed here and in the cache. */
  private CliResult dry(Object... args) throws IOException {
    Map<Path, String> before = state(folder, Verb.cache());
    CliResult result = CliResult.of(args);
    assertEquals(before, state(folder, Verb.cache()));
    return result;
  }

  @Test
  void aTrainingIsPlannedAndNothingIsDone() throws IOException {
    CliResult plan =
        dry("train", recipe, "--dry-run", "--run", folder.resolve("run"), "--set", "seed=771");
    assertEquals(0, plan.exitCode(), plan.err());
    String out = plan.out();
    // 9 of 12 patients of each class are in train/, with two images each; 30 % are held out.
    assertTrue(out.matches("(?s).*all +24 +12 +12\n.*"), out);
    assertTrue(out.contains("squeezenet1_1"), out);
    // Two views of 24 images and the plain ones of 24 more, all new with this seed.
    assertTrue(out.contains("0 of 72 are in the feature bank; 72 to compute"), out);
    assertTrue(out.contains("of native memory; the limit is"), out);
    assertTrue(out.contains("from rates measured on this machine just now"), out);
    assertTrue(out.contains("training 4 epochs"), out);
    assertTrue(out.lines().filter(l -> !l.contains("/")).allMatch(l -> l.length() <= 80), out);
  }

  @Test
  void viewsThatAreThereAreCountedByThePlan() throws IOException {
    assertEquals(0, CliResult.of("train", recipe, "--run", folder.resolve("run")).exitCode());
    CliResult plan = dry("train", recipe, "--dry-run");
    assertTrue(plan.out().contains("72 of 72 are in the feature bank; 0 to compute"), plan.out());
    CliResult turned =
        dry("train", recipe, "--dry-run", "--set", "augmentation.rotateDegrees=33.25");
    assertTrue(turned.out().contains("24 of 72 are in the feature bank"), turned.out());
  }

  @Test
  void aNetworkThatLearnsIsPlannedWithoutABank() throws IOException {
    Files.writeString(recipe, TinyRadiographs.recipe(folder.resolve("images"), "none", "se"));
    CliResult plan = dry("train", recipe, "--dry-run", "--set", "training.epochs=7");
    assertEquals(0, plan.exitCode(), plan.err());
    assertTrue(plan.out().contains("training 7 epochs"), plan.out());
    assertTrue(!plan.out().contains("feature bank"), plan.out());
  }

  @Test
  void phantomsAreCountedAndNotDrawn() throws IOException {
    Path phantoms = folder.resolve("phantoms");
    Files.writeString(
        recipe,
        TinyRadiographs.recipe(phantoms, "all", "none")
            .replace("data:\n", "data:\n  generate: phantom\n"));
    CliResult plan = dry("train", recipe, "--dry-run");
    assertEquals(0, plan.exitCode(), plan.err());
    assertTrue(plan.out().contains(phantoms + " would be drawn"), plan.out());
    assertTrue(plan.out().matches("(?s).*all +[0-9]+ +[0-9]+ +108\n.*"), plan.out());
  }

  @Test
  void whatIsWrongIsRefusedAsEver() throws IOException {
    assertEquals(2, dry("train", recipe, "--dry-run", "--set", "seed=x").exitCode());
    Path gone = folder.resolve("gone");
    assertEquals(1, dry("train", recipe, "--dry-run", "--set", "data.folder=" + gone).exitCode());
    assertEquals(
        2, dry("train", recipe, "--dry-run", "--run", folder.resolve("images/run")).exitCode());
  }

  @Test
  void aSearchIsPlanned() throws IOException {
    Files.writeString(
        recipe,
        Files.readString(recipe)
            + """
            search:
              budget: {candidates: 5}
              space:
                training.learningRate: {logUniform: [1e-4, 1e-1]}
                training.epochs: [1, 2]
            """);
    CliResult plan = dry("search", recipe, "--dry-run", "--run", folder.resolve("run"));
    assertEquals(0, plan.exitCode(), plan.err());
    assertTrue(plan.out().contains("for about 5 candidates"), plan.out());
  }
}
