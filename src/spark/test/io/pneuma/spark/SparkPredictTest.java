package io.pneuma.spark;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

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
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What executors answer for images is what one machine answers, to the byte. */
class SparkPredictTest {
  private static final int IMAGES = 150; // Three tasks of whole batches.

  @TempDir static Path folder;
  private static Path run;
  private static Path place;

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

  /** Answers for the folder, a path that is none, and a file that is not there. */
  private static Result predict(Object... args) {
    Stream<Object> asked =
        Stream.of("predict", "--run", run, place, "~nobody/x.png", folder.resolve("gone.png"));
    return pneuma(Stream.concat(asked, Stream.of(args)).toArray());
  }

  private static void train(Path recipe, Path into, String attention) {
    Result training =
        pneuma(
            "train",
            "--no-maps",
            recipe,
            "--run",
            into,
            "--set",
            "training.epochs=1",
            "--set",
            "fusion.attention.type=" + attention);
    assertEquals(0, training.exitCode(), training.err());
  }

  @BeforeAll
  static void prepare() throws IOException {
    Path images = folder.resolve("images");
    TinyRadiographs.write(images, 12);
    Path recipe = folder.resolve("tiny.yaml");
    Files.writeString(recipe, TinyRadiographs.recipe(images, "all", "se"));
    run = folder.resolve("run");
    train(recipe, run, "se");
    train(recipe, folder.resolve("other"), "eca");

    place = Files.createDirectories(folder.resolve("ward ä"));
    List<Path> all;
    try (Stream<Path> files = Files.walk(images)) {
      all = files.filter(Files::isRegularFile).sorted().toList();
    }
    for (int i = 0; i < IMAGES; i++) {
      Files.copy(all.get(i % all.size()), place.resolve("%03d.png".formatted(i)));
    }
    Files.writeString(place.resolve("070broken.png"), "no image");
  }

  @Test
  void theTableIsTheSame() throws IOException {
    Path here = folder.resolve("here.csv");
    Path there = folder.resolve("there.csv");
    assertEquals(1, predict("--csv", here).exitCode());
    Result result = predict("--csv", there, "--spark", "local[2]");
    assertEquals(1, result.exitCode(), result.err());
    assertEquals(Files.readString(here), Files.readString(there));
    assertEquals(IMAGES + 4, Files.readAllLines(there).size());
    assertEquals(there + ": " + IMAGES + " answers, 3 errors", result.out().strip());
  }

  @Test
  void theLinesAreTheSame() {
    Result here = predict("--json");
    Result there = predict("--json", "--spark", "local[2]");
    assertEquals(here.out(), there.out());
    assertEquals(IMAGES + 3, there.out().lines().count());
    assertEquals(1, there.exitCode());
  }

  @Test
  void theAnswersFromSeveralViewsAreTheSame() {
    Result here = predict("--json", "--tta");
    assertEquals(here.out(), predict("--json", "--tta", "--spark", "local[2]").out());
    assertEquals(IMAGES + 3, here.out().lines().count());
  }

  @Test
  void anEnsembleAnswersTheSame() {
    Path both = folder.resolve("both");
    Result made = pneuma("ensemble", "--no-maps", "--run", both, run, folder.resolve("other"));
    assertEquals(0, made.exitCode(), made.err());
    Result here = pneuma("predict", "--run", both, "--json", place);
    Result there = pneuma("predict", "--run", both, "--json", place, "--spark", "local[2]");
    assertEquals(here.out(), there.out());
    assertEquals(IMAGES + 1, there.out().lines().count());
  }

  @Test
  void objectsOfDicomAreWrittenByOneMachine() {
    Result result = predict("--dicom-out", folder.resolve("objects"), "--spark", "local[2]");
    assertEquals(2, result.exitCode());
    assertTrue(result.err().startsWith("--spark does not go with --dicom-out"), result.err());
  }
}
