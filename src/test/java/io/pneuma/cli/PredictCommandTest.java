package io.pneuma.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
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

/** Answers for images and folders, and what is said of runs that cannot answer. */
class PredictCommandTest {
  @TempDir static Path folder;
  private static Path images;
  private static Path recipe;
  private static Path run;

  private static CliResult predict(Object... args) {
    return CliResult.of(
        Stream.concat(Stream.of("predict", "--run", run), Stream.of(args)).toArray());
  }

  @BeforeAll
  static void trainOnce() throws IOException {
    images = folder.resolve("images");
    TinyRadiographs.write(images, 12);
    recipe = folder.resolve("tiny.yaml");
    Files.writeString(recipe, TinyRadiographs.recipe(images, "all", "none"));
    run = folder.resolve("run");
    CliResult training = CliResult.of("train", recipe, "--run", run, "--set", "training.epochs=1");
    assertEquals(0, training.exitCode(), training.err());
  }

  private static Path image(Path target) throws IOException {
    Files.createDirectories(target.getParent());
    return Files.copy(images.resolve("train/NORMAL/person1_tiny_0.png"), target);
  }

  @Test
  void answersTheImagesBelowAFolderInOrderAndPassesOverTheRest() throws IOException {
    Path place = folder.resolve("place");
    Path second = image(place.resolve("b/two.png"));
    Path first = image(place.resolve("a/one.png"));
    Path bare = image(place.resolve("c")); // An image by its bytes, whatever it is called.
    image(place.resolve(".hidden/three.png"));
    image(place.resolve("@eaDir/four.png"));
    Path broken = Files.writeString(place.resolve("b/broken.jpg"), "no image");
    Files.writeString(place.resolve("notes.txt"), "of no interest");
    Path gone = folder.resolve("gone.png");
    CliResult result = predict(gone, place, first);
    assertEquals(1, result.exitCode());
    List<String> files = result.out().lines().map(line -> line.replaceFirst(": .*", "")).toList();
    assertEquals(
        Stream.of(gone, first, broken, second, bare, first).map(Path::toString).toList(), files);
    assertTrue(result.out().contains(broken + ": error:"), result.out());
    assertTrue(
        result.err().contains("passed over: 1 files of " + place + " that are no images"),
        result.err());
  }

  @Test
  void aPathThatIsNoneDoesNotStopTheOthers() {
    Path one = images.resolve("train/NORMAL/person1_tiny_0.png");
    CliResult result = predict("~nobody/x.png", one);
    assertEquals(1, result.exitCode());
    assertTrue(result.out().contains("~nobody/x.png: error:"), result.out());
    assertTrue(result.out().contains(one + ": "), result.out());
    assertEquals(2, CliResult.of("evaluate", "--run", "~nobody").exitCode());
  }

  @Test
  void aLinkBackToAFolderThatWasSeenIsNotFollowed() throws IOException {
    Path place = folder.resolve("loop");
    Path one = image(place.resolve("a/one.png"));
    Files.createSymbolicLink(place.resolve("a/up"), place);
    CliResult result = predict(place);
    assertEquals(0, result.exitCode(), result.err());
    assertEquals(1, result.out().lines().count());
    assertTrue(result.out().startsWith(one + ": "), result.out());
  }

  @Test
  void aFolderWithoutImagesIsAnError() throws IOException {
    Path empty = Files.createDirectories(folder.resolve("empty"));
    CliResult result = predict("--json", empty);
    assertEquals(1, result.exitCode());
    JsonNode answer = new ObjectMapper().readTree(result.out());
    assertEquals(empty.toString(), answer.get("file").asText());
    assertEquals("there is no image in this folder", answer.get("error").asText());
  }

  @Test
  void aTableHasARowForEachImageErrorsIncluded() throws IOException {
    Path table = folder.resolve("answers.csv");
    Path one = images.resolve("train/NORMAL/person1_tiny_0.png");
    CliResult result = predict("--csv", table, one, "gone.png");
    assertEquals(1, result.exitCode());
    assertEquals(table + ": 1 answers, 1 errors", result.out().strip());
    List<String> lines = Files.readAllLines(table);
    assertEquals(
        "file,label,probability_NORMAL,probability_PNEUMONIA,set,unfamiliar,error", lines.get(0));
    assertTrue(lines.get(1).startsWith(one + ","), lines.get(1));
    assertTrue(lines.get(2).startsWith("gone.png,,,,,,"), lines.get(2));
    double sum =
        Stream.of(lines.get(1).split(",", -1))
            .skip(2)
            .limit(2)
            .mapToDouble(Double::parseDouble)
            .sum();
    assertEquals(1, sum, 1e-5);
    assertEquals(2, predict("--csv", table, "--json", one).exitCode());
  }

  @Test
  void aSearchIsAnsweredWithTheWayOn() throws IOException {
    Path search = folder.resolve("search");
    Files.createDirectories(search);
    Files.writeString(search.resolve("config.yaml"), Files.readString(run.resolve("config.yaml")));
    Files.writeString(search.resolve("candidates.jsonl"), "");
    CliResult begun = CliResult.of("predict", "--run", search, "x.png");
    assertEquals(2, begun.exitCode());
    assertTrue(begun.err().contains("./run.sh search --resume --run " + search), begun.err());
    Path winner = Files.writeString(search.resolve("winner.yaml"), "");
    for (String verb : List.of("predict", "evaluate")) {
      CliResult result =
          verb.equals("predict")
              ? CliResult.of(verb, "--run", search, "x.png")
              : CliResult.of(verb, "--run", search);
      assertEquals(2, result.exitCode());
      assertTrue(result.err().contains("./run.sh train " + winner), result.err());
    }
  }

  @Test
  void anUnfinishedRunIsAnsweredWithTheWayOn() throws IOException {
    Path unfinished = Files.createDirectories(folder.resolve("unfinished"));
    for (String file : List.of("config.yaml", "manifest.json", "labels.json")) {
      Files.copy(run.resolve(file), unfinished.resolve(file));
    }
    Path manifest = unfinished.resolve("manifest.json");
    Files.writeString(manifest, Files.readString(manifest).replace("\"done\"", "\"interrupted\""));
    CliResult result = CliResult.of("predict", "--run", unfinished, "x.png");
    assertEquals(2, result.exitCode());
    assertTrue(result.err().contains("it was interrupted"), result.err());
    assertTrue(result.err().contains("./run.sh train --resume --run " + unfinished), result.err());
  }

  @Test
  void aRunThatWasGoneOnWithAnswersAsBeforeWithAWarning() throws IOException {
    Path again = Files.createDirectories(folder.resolve("again"));
    for (String file : List.of("config.yaml", "manifest.json", "labels.json", "model.zip")) {
      Files.copy(run.resolve(file), again.resolve(file));
    }
    Path manifest = again.resolve("manifest.json");
    Files.writeString(manifest, Files.readString(manifest).replace("\"done\"", "\"interrupted\""));
    Path one = images.resolve("train/NORMAL/person1_tiny_0.png");
    CliResult result = CliResult.of("predict", "--run", again, "--quiet", one);
    assertEquals(0, result.exitCode(), result.err());
    assertTrue(result.err().startsWith("warning: this run was gone on with"), result.err());
    assertEquals(predict(one).out(), result.out());
  }

  @Test
  void aFolderIsNoFileToWriteTo() {
    assertEquals(2, predict("--csv", folder, "x.png").exitCode());
    assertEquals(2, CliResult.of("evaluate", "--run", run, "--json", folder).exitCode());
  }

  @Test
  void weightsAreExportedUnderTheEndingOfWhatTheyAre() {
    Path file = folder.resolve("backbone.pth");
    CliResult result =
        CliResult.of("weights", "export", "--run", run, "--backbone", "resnet18", file);
    assertEquals(2, result.exitCode());
    assertTrue(result.err().contains("such as backbone.safetensors"), result.err());
    assertFalse(Files.exists(file));
  }
}
