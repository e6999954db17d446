package io.pneuma.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.pneuma.TinyRadiographs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.apache.commons.io.FileUtils;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The program as its user meets it: arguments in, text and exit code out. */
class CliTest {
  @TempDir static Path folder;
  private static Path images;
  private static Path recipe;
  private static Path run;
  private static CliResult training;

  private static CliResult pneuma(Object... args) {
    return CliResult.of(args);
  }

  @BeforeAll
  static void trainOnce() throws IOException {
    images = folder.resolve("images");
    TinyRadiographs.write(images, 12);
    recipe = folder.resolve("tiny.yaml");
    String known = "  attributes: '_(?<projection>[01])\\.png$'\n";
    String tiny = TinyRadiographs.recipe(images, "none", "se");
    Files.writeString(recipe, tiny.replace("augmentation:", known + "augmentation:"));
    run = folder.resolve("run");
    training = pneuma("train", recipe, "--run", run);
  }

  private static JsonNode json(Path file) throws IOException {
    return new ObjectMapper().readTree(file.toFile());
  }

  private static List<Path> folders() throws IOException {
    try (Stream<Path> entries = Files.list(folder)) {
      return entries.sorted().toList();
    }
  }

  @Test
  void tellsItsVersionAndThoseOfItsLibraries() {
    CliResult version = pneuma("--version");
    assertEquals(0, version.exitCode(), version.err());
    String expected =
        """
        Pneuma \\S+
        commit \\S+
        Deeplearning4j \\S+
        ND4J backend nd4j-\\S+ \\S+
        oneDNN [\\d.-]+
        OpenCV [\\d.-]+
        JavaCPP [\\d.]+
        Java .*
        """;
    assertTrue(version.out().matches(expected), version.out());
  }

  @Test
  void trainLeavesAWholeRunDirectory() throws IOException {
    assertEquals(0, training.exitCode(), training.err());
    for (String file :
        List.of(
            "config.yaml",
            "manifest.json",
            "labels.json",
            "model.zip",
            "checkpoints/best.zip",
            "checkpoints/last.zip",
            "metrics.json",
            "predictions.csv",
            "split.csv",
            "decision.json",
            "history.csv",
            "stats.bin",
            "backbones.json",
            "shortcuts.json",
            "report.html",
            "log.txt")) {
      assertTrue(Files.size(run.resolve(file)) > 0, file);
    }
    JsonNode manifest = json(run.resolve("manifest.json"));
    assertEquals("done", manifest.get("status").asText());
    assertEquals(64, manifest.get("dataSha256").asText().length());
    assertEquals("none", manifest.get("weights").get("resnet18").asText());
    JsonNode test = json(run.resolve("metrics.json")).get("splits").get("test");
    List<String> fields = new ArrayList<>();
    test.fieldNames().forEachRemaining(fields::add);
    assertEquals(
        List.of(
            "n",
            "positive",
            "accuracy",
            "precision",
            "recall",
            "specificity",
            "npv",
            "f1",
            "balancedAccuracy",
            "mcc",
            "rocAuc",
            "prAuc",
            "brier",
            "ece",
            "threshold",
            "confusion",
            "patients",
            "ci95",
            "at05",
            "perClass",
            "macro",
            "confusionMatrix",
            "reliability",
            "brierParts",
            "conformal",
            "seenInTraining",
            "unfamiliar",
            "subgroups"),
        fields);
  }

  @Test
  void trainShowsTheBackbonesTheMachineAndTheResult() {
    assertTrue(training.err().contains("squeezenet1_1"), training.err());
    assertTrue(training.err().contains("features.4"), training.err());
    assertTrue(training.err().contains("oneDNN "), training.err());
    assertTrue(training.err().contains("of native memory"), training.err());
    assertTrue(training.err().contains("epoch 4/4: loss"), training.err());
    assertTrue(training.out().contains("rocAuc"), training.out());
    assertTrue(training.out().contains("run directory: " + run), training.out());
    assertTrue(training.out().contains("report: " + run.resolve("report.html")), training.out());
  }

  @Test
  void theReportIsMadeAgainToTheLetterAndVerified() throws IOException {
    Path report = run.resolve("report.html");
    String written = Files.readString(report);
    CliResult again = pneuma("report", "--run", run);
    assertEquals(0, again.exitCode(), again.err());
    assertEquals("report: " + report, again.out().strip());
    assertEquals(written, Files.readString(report));
    assertTrue(written.contains("<th scope=\"col\">projection</th>"));
    assertFalse(written.contains(folder.toString()), "a page must not tell where things lay");
    CliResult verified = pneuma("verify", report, "--retrain");
    assertEquals(0, verified.exitCode(), verified.out() + verified.err());
    assertEquals(
        """
        every number of the report follows from its predictions
        trained again: predictions and metrics are the same to the last digit
        """,
        verified.out());
    assertFalse(verified.err().contains("next: "), verified.err());
  }

  @Test
  void aReportThatWasChangedFails() throws IOException {
    String written = Files.readString(run.resolve("report.html"));
    Path changed = folder.resolve("changed.html");
    Files.writeString(changed, written.replaceFirst("\"rocAuc\":[0-9.]+", "\"rocAuc\":0.123"));
    CliResult verified = pneuma("verify", changed);
    assertEquals(1, verified.exitCode());
    assertTrue(verified.out().contains(" is stated as 0.123; "), verified.out());
    CliResult none = pneuma("verify", folder.resolve("none.html"));
    assertEquals(2, none.exitCode(), none.err());
  }

  @Test
  void aTableOfAttributesThatIsMissingIsFoundBeforeTheImagesAreRead() {
    Path absent = folder.resolve("absent.csv");
    CliResult result =
        pneuma("train", recipe, "--set", "data.attributes=" + absent, "--run", folder.resolve("x"));
    assertEquals(2, result.exitCode());
    String message = absent + ": there is no such file; data.attributes names it";
    assertEquals(message, result.err().lines().reduce((first, last) -> last).orElseThrow());
    assertFalse(result.err().contains("checking images"), result.err());
  }

  @Test
  void theSameFrozenBackboneTwiceSharesItsFeatures() throws IOException {
    Path weights = folder.resolve("own.safetensors");
    CliResult exported =
        pneuma("weights", "export", "--run", run, "--backbone", "squeezenet1_1", weights);
    assertEquals(0, exported.exitCode(), exported.err());
    Path copy = Files.copy(weights, folder.resolve("copy.safetensors"));
    String one = "{name: squeezenet1_1, weights: %s, freeze: all, cut: features.4}";
    String two = "backbones=[" + one.formatted(weights) + ", " + one.formatted(copy) + "]";
    CliResult result =
        pneuma("train", recipe, "--no-ui", "--set", two, "--run", folder.resolve("twice"));
    assertEquals(0, result.exitCode(), result.err());
  }

  @Test
  void subgroupsAreMeasuredByTheNames() throws IOException {
    JsonNode test = json(run.resolve("metrics.json")).get("splits").get("test");
    JsonNode projections = test.get("subgroups").get("projection");
    int images = projections.get("0").get("images").asInt();
    assertEquals(test.get("n").asInt(), images + projections.get("1").get("images").asInt());
    assertEquals(images, projections.get("0").get("patients").asInt());
    Path other = folder.resolve("other");
    TinyRadiographs.write(other, 4);
    try (Stream<Path> files = Files.walk(other)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Files.move(file, file.resolveSibling(file.getFileName().toString().replace("_", "-")));
      }
    }
    CliResult result = pneuma("evaluate", "--run", run, "--data", other.resolve("test"));
    assertEquals(0, result.exitCode(), result.err());
    assertTrue(
        result.err().contains("warning: subgroups are left out: data.attributes"), result.err());
  }

  @Test
  void evaluateGivesTheNumbersOfTheRunAgain() throws IOException {
    Path file = folder.resolve("again.json");
    CliResult result = pneuma("evaluate", "--run", run, "--json", file);
    assertEquals(0, result.exitCode(), result.err());
    JsonNode expected = json(run.resolve("metrics.json")).get("splits").get("test");
    assertEquals(expected.get("confusion"), json(file).get("confusion"));
    assertEquals(expected.get("rocAuc").asDouble(), json(file).get("rocAuc").asDouble(), 1e-9);
  }

  @Test
  void evaluateMeasuresShiftsBesideWhatItMeasuresAnyway() throws IOException {
    Path plain = folder.resolve("plain.json");
    Path shifted = folder.resolve("shifted.json");
    assertEquals(0, pneuma("evaluate", "--run", run, "--json", plain).exitCode());
    CliResult result = pneuma("evaluate", "--run", run, "--shifts", "--json", shifted);
    assertEquals(0, result.exitCode(), result.err());
    assertEquals(1, result.err().lines().filter(line -> line.contains("was opened")).count());

    ObjectNode whole = (ObjectNode) json(shifted);
    JsonNode shifts = whole.remove("shifts");
    assertEquals(json(plain), whole);
    assertEquals(13, shifts.get("kinds").size());
    for (JsonNode kind : shifts.get("kinds")) {
      assertEquals(5, kind.size());
      assertEquals(2, kind.get(4).at("/ci95/accuracy").size());
    }
    JsonNode accuracy = shifts.at("/scores/accuracy");
    assertEquals(whole.get("accuracy"), accuracy.get("clean"));
    double worst = accuracy.get("worst").asDouble();
    assertEquals(accuracy.get("clean").asDouble() - worst, accuracy.get("worstDrop").asDouble());
    assertTrue(result.out().contains("rocAuc, by strength"), result.out());
    assertTrue(result.out().contains(String.format(Locale.ROOT, "%.4f [", worst)), result.out());
  }

  @Test
  void evaluateTakesAFolderOfClassesOrItsTestSplit() throws IOException {
    Path viaFolder = folder.resolve("folder.json");
    Path viaSplit = folder.resolve("split.json");
    assertEquals(
        0,
        pneuma("evaluate", "--run", run, "--data", images.resolve("test"), "--json", viaFolder)
            .exitCode());
    assertEquals(
        0, pneuma("evaluate", "--run", run, "--data", images, "--json", viaSplit).exitCode());
    assertEquals(json(viaFolder), json(viaSplit));
    assertEquals(12, json(viaSplit).get("n").asInt());
  }

  @Test
  void predictAnswersEachImageErrorsIncluded() throws IOException {
    Path good = images.resolve("test/PNEUMONIA");
    Path first;
    try (Stream<Path> files = Files.list(good)) {
      first = files.sorted().findFirst().orElseThrow();
    }
    Path bad = Files.writeString(folder.resolve("bad.png"), "no image");
    CliResult result =
        pneuma("predict", "--run", run, "--json", bad, first, folder.resolve("gone.png"));
    assertEquals(1, result.exitCode());
    List<String> lines = result.out().lines().toList();
    assertEquals(3, lines.size());
    ObjectMapper json = new ObjectMapper();
    assertEquals(bad.toString(), json.readTree(lines.get(0)).get("file").asText());
    assertTrue(json.readTree(lines.get(0)).has("error"));
    JsonNode answer = json.readTree(lines.get(1));
    JsonNode probabilities = answer.get("probabilities");
    double sum = 0;
    for (JsonNode p : probabilities) {
      sum += p.asDouble();
    }
    assertEquals(1, sum, 1e-5);
    assertTrue(probabilities.has(answer.get("label").asText()));
    assertTrue(json.readTree(lines.get(2)).get("error").asText().contains("no such file"));
    String row =
        Files.readAllLines(run.resolve("predictions.csv")).stream()
            .filter(line -> line.contains(first.getFileName().toString()))
            .findFirst()
            .orElseThrow();
    double stored = Double.parseDouble(List.of(row.split(",", -1)).get(5));
    assertEquals(stored, probabilities.get("PNEUMONIA").asDouble(), 1e-4);
  }

  @Test
  void aWrongRecipeIsRefusedWithAllItsProblemsBeforeAnyWork() throws IOException {
    List<Path> before = folders();
    CliResult result =
        pneuma(
            "train",
            recipe,
            "--run",
            folder.resolve("never"),
            "--set",
            "backbones[0].name=resnet5",
            "--set",
            "training.epoch=3");
    assertEquals(2, result.exitCode());
    assertTrue(result.err().contains("did you mean resnet50?"), result.err());
    assertTrue(result.err().contains("did you mean epochs?"), result.err());
    assertEquals(before, folders());
  }

  @Test
  void aMissingFolderIsNamedAndNothingIsLeftBehind() throws IOException {
    List<Path> before = folders();
    Path gone = folder.resolve("gone");
    CliResult result =
        pneuma("train", recipe, "--run", folder.resolve("never"), "--set", "data.folder=" + gone);
    assertEquals(1, result.exitCode());
    assertTrue(result.err().contains(gone + ": there is no such folder"), result.err());
    assertEquals(before, folders());
  }

  @Test
  void aRunDirectoryInUseIsRefused() {
    CliResult result = pneuma("train", recipe, "--run", run);
    assertEquals(2, result.exitCode());
    assertTrue(result.err().contains("holds a run already"), result.err());
  }

  @Test
  void resumeChangesNothingThatMakesTheRun() {
    CliResult result =
        pneuma("train", "--resume", "--run", run, "--set", "training.learningRate=0.1");
    assertEquals(2, result.exitCode());
    assertTrue(result.err().contains("would make it another run"), result.err());
    assertEquals(2, pneuma("train", "--resume").exitCode());
  }

  @Test
  void resumingAFinishedRunTrainsNothingAndGivesItsResult() {
    CliResult result = pneuma("train", "--resume", "--run", run);
    assertEquals(0, result.exitCode(), result.err());
    assertTrue(result.err().startsWith("this run has trained all its epochs"), result.err());
    assertFalse(result.err().contains("images"), result.err());
    assertEquals(training.out(), result.out());
  }

  /** Its recipe lacks a key that has come since, and that key's default is what it did. */
  @Test
  void aRunOfAnEarlierVersionGoesOn() throws IOException {
    Path earlier = folder.resolve("earlier");
    FileUtils.copyDirectory(run.toFile(), earlier.toFile());
    Path manifest = earlier.resolve("manifest.json");
    String written = Files.readString(manifest);
    assertTrue(written.contains("dropout: 0.0\\n"), written);
    Files.writeString(manifest, written.replaceAll(" *dropout: 0.0\\\\n", ""));
    Path config = earlier.resolve("config.yaml");
    Files.writeString(config, Files.readString(config).replaceAll(" *dropout: 0.0\n", ""));
    CliResult result = pneuma("train", "--resume", "--run", earlier);
    assertEquals(0, result.exitCode(), result.err());
    Files.writeString(config, Files.readString(config).replace("batchSize: ", "batchSize: 1"));
    CliResult edited = pneuma("train", "--resume", "--run", earlier);
    assertTrue(edited.err().contains("is not the recipe that the run was started with"));
  }

  @Test
  void saysWhatCanBeDoneNext() {
    assertTrue(training.err().contains("next: ./run.sh predict --run " + run), training.err());
  }

  @Test
  void theLogHasWhatTheTerminalHad() throws IOException {
    String log = Files.readString(run.resolve("log.txt"));
    Stream.concat(training.err().lines(), training.out().lines())
        .forEach(line -> assertTrue(log.contains(": " + line), line));
  }

  @Test
  void quietShowsResultsAndWarningsAlone() {
    Path quiet = folder.resolve("quiet");
    String[] random = {"--set", "backbones[1].freeze=all", "--set", "training.epochs=1"};
    CliResult result =
        pneuma(
            "train", recipe, "--quiet", "--run", quiet, random[0], random[1], random[2], random[3]);
    assertEquals(0, result.exitCode(), result.err());
    assertTrue(result.err().startsWith("warning: resnet18 is frozen"), result.err());
    List<String> warnings = result.err().lines().toList();
    assertEquals(3, warnings.size(), result.err());
    assertTrue(warnings.get(1).startsWith("warning: without any anatomy"), result.err());
    assertTrue(warnings.get(2).startsWith("warning: too few validation images"), result.err());
    assertTrue(result.out().contains("run directory: " + quiet), result.out());
  }

  @Test
  void whatGoesToAFileHasNoControlSequence() {
    CliResult help = pneuma("train", "--help");
    CliResult wrong = pneuma("train", "--no-such-option");
    for (String text :
        List.of(training.err(), training.out(), help.out(), wrong.err(), wrong.out())) {
      assertFalse(text.contains("\u001b") || text.contains("\r"), text);
    }
  }

  @Test
  void aRunDoesNotGoOnWithOtherImages() throws IOException {
    Path own = folder.resolve("own-images");
    TinyRadiographs.write(own, 8);
    Path changed = folder.resolve("changed");
    String[] shorter = {"--set", "data.folder=" + own, "--set", "training.epochs=1"};
    assertEquals(
        0,
        pneuma("train", recipe, "--run", changed, shorter[0], shorter[1], shorter[2], shorter[3])
            .exitCode());
    Path one;
    try (Stream<Path> files = Files.list(own.resolve("test/NORMAL"))) {
      one = files.findFirst().orElseThrow();
    }
    Files.delete(one);
    CliResult result = pneuma("train", "--resume", "--run", changed, "--set", "training.epochs=2");
    assertEquals(2, result.exitCode());
    assertTrue(result.err().contains("images or its weights have changed"), result.err());
  }

  @Test
  void warnsOfBackbonesFrozenAtRandomWeights() {
    CliResult result =
        pneuma(
            "train",
            recipe,
            "--run",
            folder.resolve("random"),
            "--set",
            "backbones[1].freeze=all",
            "--set",
            "training.epochs=1");
    assertEquals(0, result.exitCode(), result.err());
    assertTrue(result.err().contains("warning: resnet18 is frozen at random weights"));
  }

  @Test
  void dataCheckTellsWhatIsInAFolder() {
    CliResult result = pneuma("data", "check", images);
    assertEquals(0, result.exitCode(), result.out() + result.err());
    assertTrue(result.out().contains("PNEUMONIA"), result.out());
  }

  @Test
  void wrongUsageExitsWithTwo() {
    assertEquals(2, pneuma().exitCode());
    assertEquals(2, pneuma("trian").exitCode());
    assertEquals(2, pneuma("predict", "--run", run).exitCode());
    assertEquals(2, pneuma("evaluate", "--run", folder.resolve("nothing")).exitCode());
    assertEquals(2, pneuma("data").exitCode());
    assertEquals(0, pneuma("--help").exitCode());
  }

  @Test
  void theTrainingUiOfAPastRunNeedsItsStatistics() {
    CliResult result = pneuma("ui", "--run", folder);
    assertEquals(2, result.exitCode());
    assertTrue(result.err().contains("no config.yaml"), result.err());
  }
}
