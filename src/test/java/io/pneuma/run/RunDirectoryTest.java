package io.pneuma.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunDirectoryTest {
  @TempDir Path temporary;

  @Test
  void makesAFolderAndTheFoldersAboveIt() {
    RunDirectory run = RunDirectory.create(temporary.resolve("runs/first"));
    assertTrue(Files.isDirectory(run.root()));
    assertEquals(run.root().resolve("model.zip"), run.model());
  }

  @Test
  void takesAnEmptyFolderThatIsThere() throws IOException {
    Files.createDirectory(temporary.resolve("empty"));
    RunDirectory.create(temporary.resolve("empty"));
  }

  @Test
  void refusesAFolderThatHoldsARun() {
    Path dir = temporary.resolve("run");
    RunDirectory run = RunDirectory.create(dir);
    run.write(run.config(), "seed: 1\n");
    String message = assertThrows(RunException.class, () -> RunDirectory.create(dir)).getMessage();
    assertEquals(
        dir + ": holds a run already; choose another --run, or give --resume to go on with it",
        message);
  }

  @Test
  void refusesAFolderThatHoldsSomethingElseAndLeavesItAlone() throws IOException {
    Files.writeString(temporary.resolve("thesis.tex"), "x");
    Files.writeString(temporary.resolve(".partial-mine"), "x");
    String message =
        assertThrows(RunException.class, () -> RunDirectory.create(temporary)).getMessage();
    assertTrue(message.contains("is not empty"), message);
    assertTrue(message.contains("choose another --run"), message);
    assertEquals(List.of(".partial-mine", "thesis.tex"), names(temporary));
  }

  @Test
  void refusesAFile() throws IOException {
    Path file = Files.writeString(temporary.resolve("file"), "x");
    String message = assertThrows(RunException.class, () -> RunDirectory.create(file)).getMessage();
    assertTrue(message.startsWith(file + ": is a file"), message);
  }

  @Test
  void opensOnlyWhatATrainingMade() throws IOException {
    Path absent = temporary.resolve("absent");
    assertEquals(
        absent + ": there is no such folder; expected a run directory made by ./run.sh train",
        assertThrows(RunException.class, () -> RunDirectory.open(absent)).getMessage());
    assertEquals(
        temporary + ": has no config.yaml; expected a run directory made by ./run.sh train",
        assertThrows(RunException.class, () -> RunDirectory.open(temporary)).getMessage());
    Files.writeString(temporary.resolve("config.yaml"), "seed: 1\n");
    RunDirectory.open(temporary);
  }

  @Test
  void replacesAFileWhole() throws IOException {
    RunDirectory run = RunDirectory.create(temporary.resolve("run"));
    run.write(run.config(), "seed: 1\n");
    run.write(run.config(), "größer: 2\n");
    assertEquals("größer: 2\n", Files.readString(run.config()));
    assertEquals(List.of("config.yaml"), names(run.root()));
  }

  @Test
  void keepsTheOldFileWhenWritingFails() throws IOException {
    RunDirectory run = RunDirectory.create(temporary.resolve("run"));
    run.write(run.model(), "old");
    RunException failure =
        assertThrows(
            RunException.class,
            () ->
                run.writeWith(
                    run.model(),
                    path -> {
                      Files.writeString(path, "half");
                      throw new IOException("disk full");
                    }));
    assertTrue(failure.getMessage().startsWith(run.model() + ": cannot be written"));
    assertTrue(failure.getMessage().endsWith("disk full"), failure.getMessage());
    assertEquals("old", Files.readString(run.model()));
    assertThrows(
        IllegalStateException.class,
        () ->
            run.writeWith(
                run.model(),
                path -> {
                  Files.writeString(path, "half");
                  throw new IllegalStateException("not an IOException");
                }));
    assertEquals(List.of("model.zip"), names(run.root()));
  }

  @Test
  void writesThroughAPathOfTheSameFolderAndEnding() throws IOException {
    RunDirectory run = RunDirectory.create(temporary.resolve("run"));
    Path checkpoint = run.checkpoints().resolve("epoch-1.zip");
    run.writeWith(
        checkpoint,
        path -> {
          assertEquals(run.checkpoints(), path.getParent());
          assertTrue(path.toString().endsWith(".zip"));
          assertFalse(Files.exists(path));
          Files.writeString(path, "weights");
        });
    assertEquals("weights", Files.readString(checkpoint));
  }

  @Test
  void clearsWhatAKilledRunLeftOnResumeAlone() throws IOException {
    RunDirectory run = RunDirectory.create(temporary.resolve("run"));
    run.write(run.config(), "seed: 1\n");
    Path[] left = new Path[2];
    run.writeWith(
        run.model(),
        path -> {
          left[0] = path;
          Files.writeString(path, "done");
        });
    Files.writeString(left[0], "half"); // As if the process had been killed before the rename.
    run.writeWith(
        run.checkpoints().resolve("last.zip"),
        path -> {
          left[1] = path;
          Files.writeString(path, "done");
        });
    Files.writeString(left[1], "half");

    RunDirectory.open(run.root());
    assertTrue(Files.exists(left[0]), "a reader changes nothing: the run may still be going on");
    RunDirectory.resume(run.root());
    assertEquals(List.of("checkpoints", "config.yaml", "model.zip"), names(run.root()));
    assertEquals(List.of("last.zip"), names(run.checkpoints()));
  }

  @Test
  void startsAfreshWhereARunWasKilledBeforeItsFirstFile() throws IOException {
    Files.writeString(temporary.resolve(".partial-1-config.yaml"), "se");
    RunDirectory run = RunDirectory.create(temporary);
    assertEquals(List.of(), names(run.root()));
  }

  private record Scores(double undefined, float good, Object rest) {}

  @Test
  void writesJsonInAStableOrderWithoutNaN() throws IOException {
    RunDirectory run = RunDirectory.create(temporary.resolve("run"));
    run.writeJson(
        run.metrics(),
        Map.of(
            "b",
            new Scores(
                Double.NaN,
                0.5f,
                List.of(
                    new float[] {Float.NaN, Float.NEGATIVE_INFINITY},
                    new double[] {1, Double.POSITIVE_INFINITY},
                    Float.NaN)),
            "a",
            List.of()));
    assertEquals(
        """
        {
          "a" : [ ],
          "b" : {
            "undefined" : null,
            "good" : 0.5,
            "rest" : [
              [
                null,
                null
              ],
              [
                1.0,
                null
              ],
              null
            ]
          }
        }
        """,
        Files.readString(run.metrics()));
  }

  @Test
  void saysWhichJsonIsDamaged() {
    RunDirectory run = RunDirectory.create(temporary.resolve("run"));
    run.write(run.metrics(), "{");
    String damaged =
        assertThrows(RunException.class, () -> run.readJson(run.metrics(), Map.class)).getMessage();
    assertTrue(damaged.startsWith(run.metrics() + ": is damaged"), damaged);
    String missing =
        assertThrows(RunException.class, () -> run.readJson(run.labels(), List.class)).getMessage();
    assertTrue(missing.startsWith(run.labels() + ": cannot be read"), missing);
  }

  private static List<String> names(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return List.copyOf(
          files
              .map(file -> file.getFileName().toString())
              .collect(Collectors.toCollection(TreeSet::new)));
    }
  }
}
