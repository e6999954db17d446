package io.pneuma.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.pneuma.TinyRadiographs;
import io.pneuma.run.RunDirectory;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.imageio.ImageIO;
import org.apache.commons.io.FileUtils;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Answers from several views of an image: --tta. */
class SeveralViewsTest {
  private static final String KEPT = "decision-tta.json";

  @TempDir static Path folder;
  private static Path images;
  private static Path run;
  private static Path folds;

  @BeforeAll
  static void trainOnce() throws IOException {
    images = folder.resolve("images");
    TinyRadiographs.write(images, 16);
    Path recipe = folder.resolve("tiny.yaml");
    Files.writeString(
        recipe,
        TinyRadiographs.recipe(images, "all", "none")
            + "evaluation: {threshold: youden, conformal: {coverage: 0.6}}\n");
    run = folder.resolve("run");
    folds = folder.resolve("folds");
    CliResult one = CliResult.of("train", recipe, "--run", run, "--set", "training.epochs=2");
    assertEquals(0, one.exitCode(), one.err());
    CliResult several =
        CliResult.of(
            "train",
            recipe,
            "--run",
            folds,
            "--set",
            "training.epochs=2",
            "--set",
            "evaluation.folds=2");
    assertEquals(0, several.exitCode(), several.err());
  }

  private static Path copy(Path of, String name) throws IOException {
    Path copy = folder.resolve(name);
    FileUtils.copyDirectory(of.toFile(), copy.toFile());
    Files.deleteIfExists(copy.resolve(KEPT));
    return copy;
  }

  private static JsonNode json(String text) throws IOException {
    return new ObjectMapper().readTree(text);
  }

  private static JsonNode predict(Path by, Path image, String... more) throws IOException {
    List<Object> words = new ArrayList<>(List.of("predict", "--run", by, image, "--json"));
    words.addAll(List.of(more));
    CliResult result = CliResult.of(words.toArray());
    assertEquals(0, result.exitCode(), result.err());
    return json(result.out());
  }

  private static double probability(Path by, Path image, String... more) throws IOException {
    return predict(by, image, more).at("/probabilities/PNEUMONIA").asDouble();
  }

  private static Path testImage() {
    return images.resolve("test/PNEUMONIA/person20_tiny_0.png");
  }

  @Test
  void viewsThatAreAlikeAnswerAsOneView() throws IOException {
    BufferedImage grey = new BufferedImage(64, 64, BufferedImage.TYPE_BYTE_GRAY);
    Graphics2D pen = grey.createGraphics();
    pen.setColor(Color.GRAY);
    pen.fillRect(0, 0, 64, 64);
    pen.dispose();
    Path file = folder.resolve("grey.png");
    ImageIO.write(grey, "png", file.toFile());
    for (Path by : List.of(run, folds)) {
      assertEquals(probability(by, file), probability(by, file, "--tta"), 1e-6);
    }
  }

  @Test
  void theAnswerIsTheSameEachTimeAndHasTheSameParts() throws IOException {
    JsonNode plain = predict(run, testImage());
    JsonNode averaged = predict(run, testImage(), "--tta");
    assertEquals(averaged, predict(run, testImage(), "--tta"));
    assertNotEquals(plain.get("probabilities"), averaged.get("probabilities"));
    List<String> names = new ArrayList<>();
    plain.fieldNames().forEachRemaining(names::add);
    List<String> same = new ArrayList<>();
    averaged.fieldNames().forEachRemaining(same::add);
    assertEquals(names, same);
    assertEquals(plain.get("unfamiliar"), averaged.get("unfamiliar"));
  }

  @Test
  void anEnsembleAveragesWhatItsMembersSayOfTheViews() throws IOException {
    double sum = 0;
    for (RunDirectory member : RunDirectory.open(folds).members()) {
      sum += probability(member.root(), testImage(), "--tta");
    }
    assertEquals(sum / 2, probability(folds, testImage(), "--tta"), 1e-6);
  }

  @Test
  void howToDecideIsChosenOnValidationOnceAndAnewForAnotherNetwork() throws IOException {
    for (Path of : List.of(run, folds)) {
      Path copy = copy(of, "chosen-" + of.getFileName());
      CliResult first = CliResult.of("predict", "--run", copy, "--tta", testImage());
      assertTrue(first.err().contains("choosing on validation"), first.err());
      JsonNode kept = json(Files.readString(copy.resolve(KEPT)));
      assertEquals(
          json(Files.readString(copy.resolve("decision.json"))).get("rule"),
          kept.at("/point/rule"));
      CliResult second = CliResult.of("predict", "--run", copy, "--tta", testImage());
      assertFalse(second.err().contains("choosing on validation"), second.err());
      assertEquals(first.out(), second.out());
    }
    Path other = copy(folder.resolve("chosen-run"), "other");
    String kept =
        Files.readString(folder.resolve("chosen-run").resolve(KEPT))
            .replaceFirst("\"threshold\" : [0-9.]+", "\"threshold\" : 0.123");
    Files.writeString(other.resolve(KEPT), kept);
    CliResult again = CliResult.of("predict", "--run", other, "--tta", testImage());
    assertTrue(again.err().contains("choosing on validation"), again.err());
  }

  @Test
  void evaluateMeasuresTheSameAnswers() throws IOException {
    Path file = folder.resolve("measured.json");
    CliResult measured = CliResult.of("evaluate", "--run", run, "--tta", "--json", file);
    assertEquals(0, measured.exitCode(), measured.err());
    JsonNode scores = json(Files.readString(file));
    double squares = 0;
    int n = 0;
    for (String label : List.of("NORMAL", "PNEUMONIA")) {
      CliResult said =
          CliResult.of(
              "predict", "--run", run, "--tta", "--json", images.resolve("test").resolve(label));
      for (String line : said.out().lines().toList()) {
        double own = json(line).at("/probabilities/" + label).asDouble();
        squares += (1 - own) * (1 - own);
        n++;
      }
    }
    assertEquals(n, scores.get("n").asInt());
    assertEquals(squares / n, scores.get("brier").asDouble(), 1e-4);
    assertEquals(
        json(Files.readString(run.resolve(KEPT))).at("/point/threshold"), scores.get("threshold"));
  }

  @Test
  void withoutItsValidationImagesNoPredictionSetIsStated() throws IOException {
    Path copy = copy(run, "travelled");
    Path splits = copy.resolve("split.csv");
    Files.writeString(splits, Files.readString(splits).replace(images.toString(), "/elsewhere"));
    CliResult result = CliResult.of("predict", "--run", copy, "--tta", "--json", testImage());
    assertEquals(0, result.exitCode(), result.err());
    assertTrue(result.err().contains("prediction sets are left out"), result.err());
    assertFalse(json(result.out()).has("set"), result.out());
    assertFalse(Files.exists(copy.resolve(KEPT)));
  }
}
