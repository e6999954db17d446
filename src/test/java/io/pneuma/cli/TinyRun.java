package io.pneuma.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.pneuma.TinyRadiographs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A run of one epoch on {@link TinyRadiographs} of twelve patients a class. */
final class TinyRun {
  private TinyRun() {}

  /**
   * Trains it.
   *
   * @param folder gets the {@code images}, their recipe {@code tiny.yaml}, and the {@code run}
   * @return the run's folder
   */
  static Path train(Path folder, String attention) throws IOException {
    Path images = folder.resolve("images");
    TinyRadiographs.write(images, 12);
    Path recipe = folder.resolve("tiny.yaml");
    Files.writeString(recipe, TinyRadiographs.recipe(images, "all", attention));
    Path run = folder.resolve("run");
    CliResult training = CliResult.of("train", recipe, "--run", run, "--set", "training.epochs=1");
    assertEquals(0, training.exitCode(), training.err());
    return run;
  }
}
