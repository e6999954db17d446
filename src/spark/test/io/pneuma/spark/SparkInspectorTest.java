package io.pneuma.spark;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.pneuma.TinyRadiographs;
import io.pneuma.cli.Cli;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A data set that executors have read is the same as one that this machine has read. */
class SparkInspectorTest {
  @TempDir Path folder;

  private Path train(Path recipe, String name, String... args) {
    Path run = folder.resolve(name);
    List<String> own =
        List.of(
            "train",
            "--no-maps",
            recipe.toString(),
            "--run",
            run.toString(),
            "--set",
            "training.epochs=1",
            "--set",
            "data.onBadImage=skip");
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    int exitCode =
        Cli.run(
            new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8),
            Stream.concat(own.stream(), Stream.of(args)).toArray(String[]::new));
    assertEquals(0, exitCode, err.toString(StandardCharsets.UTF_8));
    return run;
  }

  @Test
  void theImagesAndTheScoresOfARunAreTheSame() throws IOException {
    Path images = folder.resolve("images");
    TinyRadiographs.write(images, 12);
    Files.writeString(images.resolve("train/NORMAL/person2_broken_0.png"), "no image");
    Path recipe = folder.resolve("tiny.yaml");
    Files.writeString(recipe, TinyRadiographs.recipe(images, "all", "se"));
    Path here = train(recipe, "here");
    Path there = train(recipe, "there", "--spark", "local[2]");
    for (String file : List.of("split.csv", "skipped.csv", "predictions.csv", "shortcuts.json")) {
      assertEquals(
          Files.readString(here.resolve(file)), Files.readString(there.resolve(file)), file);
    }
  }
}
