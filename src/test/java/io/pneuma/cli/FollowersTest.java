package io.pneuma.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pneuma.TinyRadiographs;
import io.pneuma.monitor.FakeMlflow;
import io.pneuma.run.History;
import io.pneuma.run.RunDirectory;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A training that TensorBoard and an MLflow server follow, from the command line. */
class FollowersTest {
  @TempDir private Path folder;

  @Test
  void aTrainingIsFollowedAndSoIsWhatGoesOnWithIt() throws IOException {
    Path images = folder.resolve("images");
    TinyRadiographs.write(images, 8);
    Path recipe = folder.resolve("recipe.yaml");
    Files.writeString(recipe, TinyRadiographs.recipe(images, "all", "se"));
    Path run = folder.resolve("quick");
    try (FakeMlflow server = new FakeMlflow()) {
      CliResult trained =
          CliResult.of(
              "train",
              recipe,
              "--run",
              run,
              "--set",
              "training.epochs=2",
              "--set",
              "monitor.tensorboard=true",
              "--set",
              "monitor.mlflow=" + server.address());
      assertEquals(0, trained.exitCode(), trained.err());
      assertTrue(
          trained.err().contains("MLflow: " + server.address() + "/#/experiments/0/runs/1"),
          trained.err());
      assertEquals("FINISHED", server.status("1"));
      assertEquals(1, server.metric("1", "final/test/rocAuc").size());
      assertEquals(
          Files.readString(run.resolve("report.html")),
          server.artifact("/0/1/artifacts/report.html"));
      CliResult resumed =
          CliResult.of("train", "--resume", "--run", run, "--set", "training.epochs=3");
      assertEquals(0, resumed.exitCode(), resumed.err());
      assertEquals(1, server.runs());
      List<String> expected =
          History.load(RunDirectory.open(run)).epochs().stream()
              .map(epoch -> epoch.epoch() + "=" + epoch.trainLoss())
              .toList();
      assertEquals(expected, server.metric("1", "loss/train"));
      String sent = server.heard().replace(Files.readString(run.resolve("report.html")), "");
      assertFalse(sent.contains(folder.toString()), "a path was sent");
      assertFalse(sent.contains("person1_tiny"), "a file's name was sent");
    }
    try (Stream<Path> events = Files.list(run.resolve("tensorboard"))) {
      String text = Files.readString(events.toList().get(0), StandardCharsets.ISO_8859_1);
      assertEquals(3, text.split("loss/train", -1).length - 1);
      assertEquals(1, text.split("final/test/rocAuc", -1).length - 1);
      assertFalse(text.contains(folder.toString()), "a path was written");
    }
  }
}
