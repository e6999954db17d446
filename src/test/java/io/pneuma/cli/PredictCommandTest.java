package io.pneuma.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.pneuma.config.Recipe.DicomRule;
import io.pneuma.prediction.Predictor;
import io.pneuma.run.RunDirectory;
import io.pneuma.weights.Digest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Answers for images and folders, and what is said of runs that cannot answer. */
class PredictCommandTest {
  @TempDir static Path folder;
  private static Path images;
  private static Path run;

  private static CliResult predict(Object... args) {
    return CliResult.of(
        Stream.concat(Stream.of("predict", "--run", run), Stream.of(args)).toArray());
  }

  @BeforeAll
  static void trainOnce() throws IOException {
    run = TinyRun.train(folder, "none");
    images = folder.resolve("images");
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

  /** A folder of ten images, one of which is none. */
  private static Path ten(String name) throws IOException {
    Path place = folder.resolve(name);
    Files.createDirectories(place);
    List<Path> nine;
    try (Stream<Path> all = Files.walk(images)) {
      nine = all.filter(Files::isRegularFile).sorted().limit(9).toList();
    }
    for (int i = 0; i < 9; i++) {
      Files.copy(nine.get(i), place.resolve(i + ".png"));
    }
    Files.writeString(place.resolve("broken.png"), "no image");
    return place;
  }

  @Test
  void anInterruptedTableGoesOnAndIsTheSameToTheLetter() throws IOException {
    Path place = ten("long");
    for (int i = 0; i < 60; i++) { // More than are answered together.
      Files.copy(place.resolve(i % 9 + ".png"), place.resolve("more" + i + ".png"));
    }
    Path table = folder.resolve("long.csv");
    Path partial = folder.resolve("long.csv.partial");
    assertEquals(1, predict("--csv", table, place).exitCode());
    String undisturbed = Files.readString(table);
    assertFalse(Files.exists(partial));

    // As a call leaves it that is killed while it writes the last batch.
    Terminal silent = new Terminal(System.out, System.err);
    silent.quiet();
    RunDirectory trained = RunDirectory.open(run);
    try (Predictor predictor = PredictorOf.run(trained, false, new DicomOptions(), silent)) {
      List<Question> questions = Question.of(List.of(place.toString()), silent);
      String of =
          Digest.sha256(
              PredictCommand.identity(
                  trained, predictor, false, DicomRule.STRICT, null, questions));
      try (PartialTable killed = new PartialTable(table, of, 64, silent)) {
        for (String line : undisturbed.lines().skip(1).limit(66).toList()) {
          killed.add(List.of(line.replace("\"", "").split(",(?! )", -1)));
        }
      }
    }
    Files.writeString(partial, "[\"" + place, StandardOpenOption.APPEND);
    Files.delete(table);
    CliResult resumed = predict("--csv", table, place);
    assertEquals(1, resumed.exitCode(), resumed.err());
    assertTrue(resumed.err().contains("long.csv: goes on after 64 of 70"), resumed.err());
    assertEquals(undisturbed, Files.readString(table));
    assertEquals(table + ": 69 answers, 1 errors", resumed.out().strip());
    assertFalse(Files.exists(partial));
  }

  @Test
  void aTableOfAnotherModelOrOfOtherImagesIsBegunAnew() throws IOException {
    Path one = image(folder.resolve("other/one.png"));
    Path table = folder.resolve("other.csv");
    assertEquals(0, predict("--csv", table, one).exitCode());
    String whole = Files.readString(table);
    Path partial = folder.resolve("other.csv.partial");
    Files.writeString(
        partial, "another\n[\"" + one + "\",\"NORMAL\",\"1\",\"0\",\"\",\"\",\"\"]\n");
    CliResult result = predict("--csv", table, one);
    assertEquals(0, result.exitCode());
    assertTrue(result.err().contains(partial + ": is of another model"), result.err());
    assertEquals(whole, Files.readString(table));
  }

  @Test
  void aChangedImageIsAnotherTable() throws IOException {
    Path one = image(folder.resolve("changed/one.png"));
    String before = new Question(one, one, "").state();
    Files.setLastModifiedTime(one, FileTime.fromMillis(1));
    assertNotEquals(before, new Question(one, one, "").state());
  }

  @Test
  void manyImagesAreAnsweredAsOneIs() throws IOException {
    Path place = ten("many");
    List<String> all = predict(place).out().lines().toList();
    assertEquals(10, all.size());
    for (int image : List.of(0, 8)) {
      Path file = place.resolve(image + ".png");
      String alone = predict(file).out().strip();
      String together = all.stream().filter(line -> line.startsWith(file + ":")).findFirst().get();
      assertEquals(probability(alone), probability(together), 2e-4);
      assertEquals(alone.replaceAll("0\\.\\d+", ""), together.replaceAll("0\\.\\d+", ""));
    }
  }

  private static double probability(String line) {
    Matcher first = Pattern.compile(" (0\\.\\d+)").matcher(line);
    assertTrue(first.find(), line);
    return Double.parseDouble(first.group(1));
  }

  @Test
  void aQuotedPatternIsExpanded() throws IOException {
    Path place = ten("pattern");
    Path below = image(place.resolve("ward/a/x.png"));
    CliResult result = predict(place + "/**/[13x].png", place + "/war?");
    assertEquals(0, result.exitCode(), result.err());
    List<String> files = result.out().lines().map(line -> line.replaceFirst(": .*", "")).toList();
    assertEquals(
        Stream.of(place.resolve("1.png"), place.resolve("3.png"), below, below)
            .map(Path::toString)
            .toList(),
        files);
    CliResult none = predict(place + "/**/*.dcm");
    assertEquals(2, none.exitCode());
    assertEquals(
        place + "/**/*.dcm: matches no file or folder; looked in " + place + "/",
        none.err().strip());
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

  @Test
  void aTableThatPredictDidNotWriteIsKept() throws IOException {
    Path labels = Files.writeString(folder.resolve("labels.csv"), "path,label\na.png,NORMAL\n");
    Path one = images.resolve("train/NORMAL/person1_tiny_0.png");
    CliResult refused = predict(one, "--csv", labels);
    assertEquals(2, refused.exitCode());
    assertTrue(refused.err().contains("no table that predict wrote"), refused.err());
    assertEquals("path,label\na.png,NORMAL\n", Files.readString(labels));
    Path answers = folder.resolve("again.csv");
    assertEquals(0, predict(one, "--csv", answers).exitCode());
    assertEquals(0, predict(one, "--csv", answers).exitCode());
  }
}
