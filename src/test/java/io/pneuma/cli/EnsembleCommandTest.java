package io.pneuma.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.onnxruntime.OrtException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.pneuma.TinyRadiographs;
import io.pneuma.images.ImagePipeline;
import io.pneuma.onnx.OnnxRuntime;
import io.pneuma.run.Predictions;
import io.pneuma.run.RunDirectory;
import io.pneuma.run.Splits;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.commons.io.FileUtils;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Several runs as one model, from the command line. */
class EnsembleCommandTest {
  private static final List<String> LABELS = List.of("NORMAL", "PNEUMONIA");

  @TempDir static Path folder;
  private static Path images;
  private static Path recipe;
  private static Path folds;
  private static CliResult training;

  @BeforeAll
  static void trainFolds() throws IOException {
    images = folder.resolve("images");
    TinyRadiographs.write(images, 16);
    recipe = folder.resolve("recipe.yaml");
    Files.writeString(recipe, TinyRadiographs.recipe(images, "all", "se"));
    folds = folder.resolve("folds");
    training = train(folds, "evaluation={folds: 3, calibration: temperature}");
  }

  private static CliResult train(Path run, String... changes) {
    Stream<Object> words = Stream.of("train", recipe, "--no-ui", "--run", run);
    Stream<Object> sets = Stream.of(changes).flatMap(change -> Stream.of("--set", change));
    return CliResult.of(Stream.concat(words, sets).toArray());
  }

  private static JsonNode json(String text) throws IOException {
    return new ObjectMapper().readTree(text);
  }

  private static Map<String, Predictions.Row> said(RunDirectory run, String split) {
    Map<String, Predictions.Row> rows = new HashMap<>();
    for (Predictions.Row row : Predictions.read(run, LABELS)) {
      if (row.split().equals(split)) {
        rows.put(row.file(), row);
      }
    }
    return rows;
  }

  @Test
  void itIsExplainedByTheMeanOfItsMembers() throws IOException {
    Path out = folder.resolve("explained");
    Path image = images.resolve("test").resolve("PNEUMONIA").resolve("person20_tiny_0.png");
    CliResult explained =
        CliResult.of("explain", "--run", folds, "--out", out, "--show-failed", image);
    assertEquals(0, explained.exitCode(), explained.err());
    String maps = Files.readString(RunDirectory.open(folds).maps());
    assertEquals(3, json(maps).get(0).get("networks").size());
    JsonNode said = json(Files.readString(out.resolve("explained.json"))).get("images").get(0);
    JsonNode predicted = json(CliResult.of("predict", "--run", folds, "--json", image).out());
    assertEquals(
        predicted.at("/probabilities/PNEUMONIA").asDouble(),
        said.at("/probabilities/PNEUMONIA").asDouble(),
        1e-4);
    assertEquals(2, said.get("logOdds").size());
  }

  @Test
  void itAnswersByThoseMembersThatDidNotLearnFromAnImage() {
    assertEquals(0, training.exitCode(), training.err());
    assertTrue(training.err().contains("member 3 of 3: fold-3"), training.err());
    RunDirectory run = RunDirectory.open(folds);
    assertEquals(3, run.members().size());
    Map<String, Predictions.Row> validation = said(run, "validation");
    Set<String> chosenBy = new HashSet<>();
    for (RunDirectory member : run.members()) {
      said(member, "validation")
          .forEach(
              (file, row) -> {
                assertTrue(chosenBy.add(file), file);
                assertEquals(row.probabilities(), validation.get(file).probabilities());
              });
    }
    assertEquals(chosenBy, validation.keySet());
    said(run, "test")
        .forEach(
            (file, row) -> {
              double mean =
                  run.members().stream()
                      .mapToDouble(member -> said(member, "test").get(file).probabilities().get(1))
                      .average()
                      .orElseThrow();
              assertEquals(mean, row.probabilities().get(1), 1e-12);
            });
    Set<String> learntFrom = new HashSet<>(Splits.trainedOn(run.members().get(0)));
    learntFrom.addAll(Splits.trainedOn(run.members().get(1)));
    assertEquals(learntFrom, Splits.trainedOn(run));
  }

  @Test
  void theShortcutsOfItsImagesAreMeasuredOnce() throws IOException {
    RunDirectory run = RunDirectory.open(folds);
    String measured = Files.readString(run.shortcuts());
    assertEquals(5, json(measured).get("traits").size());
    for (RunDirectory member : run.members()) {
      assertEquals(measured, Files.readString(member.shortcuts()));
    }
  }

  @Test
  void everyVerbTakesIt() throws IOException, OrtException {
    RunDirectory run = RunDirectory.open(folds);
    JsonNode measured = json(Files.readString(run.metrics())).at("/splits/test");
    Path file = folder.resolve("again.json");
    CliResult evaluated = CliResult.of("evaluate", "--run", folds, "--json", file);
    assertEquals(0, evaluated.exitCode(), evaluated.err());
    JsonNode again = json(Files.readString(file));
    for (String name : List.of("rocAuc", "brier", "accuracy", "threshold")) {
      assertEquals(measured.get(name).asDouble(), again.get(name).asDouble(), 1e-5, name);
    }
    assertEquals(measured.get("unfamiliar"), again.get("unfamiliar"));

    CliResult predicted = CliResult.of("predict", "--run", folds, images.resolve("test"), "--json");
    assertEquals(0, predicted.exitCode(), predicted.err());
    Map<String, Predictions.Row> test = said(run, "test");
    for (String line : predicted.out().lines().toList()) {
      JsonNode answer = json(line);
      double expected = test.get(answer.get("file").asText()).probabilities().get(1);
      assertEquals(expected, answer.at("/probabilities/PNEUMONIA").asDouble(), 1e-4);
    }
    CliResult verified = CliResult.of("verify", folds.resolve("report.html"), "--retrain");
    assertEquals(0, verified.exitCode(), verified.out() + verified.err());
    CliResult listed = CliResult.of("runs", folds);
    assertTrue(listed.out().contains("ensemble of 3"), listed.out());
    CliResult compared = CliResult.of("compare", folds, run.members().get(0).root());
    assertEquals(0, compared.exitCode(), compared.err());

    Path onnx = folder.resolve("folds.onnx");
    CliResult written = CliResult.of("export", "--run", folds, onnx);
    assertEquals(0, written.exitCode(), written.err());
    Path image = images.resolve("test/PNEUMONIA/person20_tiny_0.png");
    FloatBuffer pixels = FloatBuffer.allocate(3 * TinyRadiographs.SIDE * TinyRadiographs.SIDE);
    ImagePipeline.plain(TinyRadiographs.SIDE).read(image, pixels);
    INDArray batch = Nd4j.createFromArray(pixels.array());
    try (OnnxRuntime runtime = new OnnxRuntime(onnx)) {
      float answer = runtime.probabilities(batch.reshape('c', 1, 3, 32, 32))[0][1];
      assertEquals(test.get(image.toString()).probabilities().get(1), answer, 1e-5);
      assertEquals(3, json(runtime.metadata().get("model_sha256")).size());
    }

    Path weights = folder.resolve("w.safetensors");
    CliResult exported =
        CliResult.of("weights", "export", "--run", folds, "--backbone", "resnet18", weights);
    assertEquals(2, exported.exitCode());
    assertTrue(exported.err().contains("is an ensemble; give one of its members"), exported.err());
  }

  @Test
  void itGoesOnWithTheMembersThatAreMissing() throws IOException {
    Path cut = folder.resolve("cut");
    FileUtils.copyDirectory(folds.toFile(), cut.toFile());
    RunDirectory run = RunDirectory.open(cut);
    String expected = Files.readString(run.metrics());
    FileUtils.deleteDirectory(cut.resolve("members/fold-3").toFile());
    for (Path file : List.of(run.metrics(), run.decision(), run.predictions(), run.report())) {
      Files.delete(file);
    }
    String manifest = Files.readString(run.manifest());
    Files.writeString(
        run.manifest(),
        manifest
            .replace("\"done\"", "\"interrupted\"")
            .replaceFirst("\"threads\" : [0-9]+", "\"threads\" : 999"));
    CliResult predicted = CliResult.of("predict", "--run", cut, images);
    assertEquals(2, predicted.exitCode());
    assertTrue(predicted.err().contains("train --resume --run"), predicted.err());
    CliResult resumed = CliResult.of("train", "--resume", "--run", cut, "--no-ui");
    assertEquals(0, resumed.exitCode(), resumed.err());
    assertEquals(2, resumed.err().lines().filter("it has trained all its epochs"::equals).count());
    assertEquals(expected, Files.readString(run.metrics()));
    assertTrue(resumed.err().contains(" instead of 999: the last digits may be"), resumed.err());
    String warnings = json(Files.readString(run.manifest())).get("warnings").toString();
    assertTrue(warnings.contains(" instead of 999"), warnings);
    CliResult finished = CliResult.of("train", "--resume", "--run", cut, "--no-ui");
    assertEquals(0, finished.exitCode(), finished.err());
    assertTrue(finished.err().contains("nothing is to do"), finished.err());
  }

  @Test
  void runsOfOneSplitMakeOneAndOthersAreRefused() throws IOException {
    Path se = folder.resolve("se");
    Path eca = folder.resolve("eca");
    assertEquals(0, train(se, "training.epochs=2").exitCode());
    assertEquals(0, train(eca, "training.epochs=2", "fusion.attention.type=eca").exitCode());
    Path both = folder.resolve("both");
    CliResult made = CliResult.of("ensemble", se, eca, "--run", both);
    assertEquals(0, made.exitCode(), made.err());
    assertTrue(made.out().contains("report: " + both.resolve("report.html")), made.out());
    RunDirectory run = RunDirectory.open(both);
    assertEquals(Files.readString(se.resolve("shortcuts.json")), Files.readString(run.shortcuts()));
    said(run, "validation")
        .forEach(
            (file, row) ->
                assertEquals(
                    (said(RunDirectory.open(se), "validation").get(file).probabilities().get(1)
                            + said(RunDirectory.open(eca), "validation")
                                .get(file)
                                .probabilities()
                                .get(1))
                        / 2,
                    row.probabilities().get(1),
                    1e-12));
    assertEquals(0, CliResult.of("evaluate", "--run", both).exitCode());
    assertEquals(0, CliResult.of("verify", both.resolve("report.html")).exitCode());
    CliResult retrained = CliResult.of("verify", both.resolve("report.html"), "--retrain");
    assertEquals(2, retrained.exitCode());

    CliResult nested = CliResult.of("ensemble", both, se, "--run", folder.resolve("nested"));
    assertEquals(2, nested.exitCode());
    assertTrue(nested.err().contains("is an ensemble; give the runs below"), nested.err());

    Path moved = folder.resolve("moved");
    FileUtils.copyDirectory(images.toFile(), folder.resolve("elsewhere").toFile());
    assertEquals(
        0,
        train(moved, "training.epochs=1", "data.folder=" + folder.resolve("elsewhere")).exitCode());
    Path refused = folder.resolve("refused");
    CliResult other = CliResult.of("ensemble", se, moved, "--run", refused);
    assertEquals(2, other.exitCode());
    assertTrue(other.err().contains("in the test split of 1 of 2 members"), other.err());
    assertFalse(Files.exists(refused));
    try (Stream<Path> left = Files.list(folder)) {
      assertTrue(left.noneMatch(path -> path.toString().endsWith(".partial")));
    }
  }
}
