package io.pneuma.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.pneuma.phantoms.Phantoms;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.imageio.ImageIO;
import org.apache.commons.io.FileUtils;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Maps of a run on phantoms, whose opacities are at known places. */
class ExplainCommandTest {
  private static final String RECIPE =
      """
      seed: 1
      data:
        folder: %s
        imageSize: 64
        validation: {fraction: 0.2}
      backbones:
        - {name: resnet18, weights: none, freeze: none, cut: layer2}
        - {name: squeezenet1_1, weights: none, freeze: none, cut: features.4}
      fusion: {embedding: 32, attention: {type: se, reduction: 8}}
      training: {epochs: 6, batchSize: 16, learningRate: 1.0e-3}
      """;

  private static final String PASSED =
      """
      [{"method": "hirescam", "notMade": null, "networks": [{"images": 9, "patients": 9,
        "cascade": [{"through": "all", "similarity": %1$s}], "repeated": %2$s, "deletion": %2$s,
        "insertion": %2$s, "places": null}]}]
      """
          .formatted(mean(0), mean(0.9));

  private static final String FAILED =
      PASSED.replaceFirst("\"similarity\": \\{[^}]*}", "\"similarity\": " + mean(0.9));

  @TempDir static Path folder;
  private static Path images;
  private static Path run;
  private static Path one;

  private static String mean(double value) {
    return "{\"value\": %1$s, \"low\": %1$s, \"high\": %1$s, \"units\": 9}".formatted(value);
  }

  @BeforeAll
  static void trainOnce() throws IOException {
    images = folder.resolve("phantoms");
    Phantoms.draw(images, 1);
    Path recipe = folder.resolve("recipe.yaml");
    Files.writeString(recipe, RECIPE.formatted(images));
    run = folder.resolve("run");
    CliResult result = CliResult.asIs("train", recipe, "--no-ui", "--run", run);
    assertEquals(0, result.exitCode(), result.err());
    one = images.resolve("test").resolve("PNEUMONIA").resolve("person120_phantom_1.png");
  }

  private static CliResult explain(Path by, Path out, Object... more) {
    List<Object> arguments =
        new java.util.ArrayList<>(List.of("explain", "--run", by, "--out", out, one));
    arguments.addAll(List.of(more));
    return CliResult.of(arguments.toArray());
  }

  private static JsonNode json(Path file) throws IOException {
    return new ObjectMapper().readTree(file.toFile());
  }

  private static Path copy(String name, String verdict) throws IOException {
    Path copy = folder.resolve(name);
    FileUtils.copyDirectory(run.toFile(), copy.toFile());
    if (verdict.isEmpty()) {
      Files.deleteIfExists(copy.resolve("maps.json"));
    } else {
      Files.writeString(copy.resolve("maps.json"), verdict);
    }
    return copy;
  }

  @Test
  void trainingChecksItsMapsAndTheReportKeepsToThat() throws IOException {
    JsonNode found = json(run.resolve("maps.json")).get(0);
    assertEquals("hirescam", found.get("method").asText());
    JsonNode network = found.get("networks").get(0);
    assertEquals(32, network.get("images").asInt());
    assertEquals(4, network.get("cascade").size());
    double shuffled = network.at("/cascade/3/similarity/value").asDouble();
    double repeated = network.at("/repeated/value").asDouble();
    assertTrue(shuffled < repeated, shuffled + " and " + repeated);
    assertTrue(network.at("/places/value").asDouble() > 1, "no better than chance");
    String report = Files.readString(run.resolve("report.html"));
    boolean drawn = Files.isDirectory(run.resolve("maps"));
    assertEquals(drawn, report.contains("class=\"slider\""));
    assertEquals(drawn, report.contains("Coloured is what speaks for the answer"));
    assertEquals(!drawn, report.contains("are not shown: "));
  }

  @Test
  void mapsThatPassedAreWritten() throws IOException {
    Path out = folder.resolve("out");
    CliResult result = explain(copy("passed", PASSED), out, "--class", "PNEUMONIA");
    assertEquals(0, result.exitCode(), result.err());
    JsonNode said = json(out.resolve("explained.json"));
    assertTrue(said.get("passed").asBoolean());
    JsonNode image = said.get("images").get(0);
    assertEquals("PNEUMONIA", image.get("label").asText());
    assertEquals(2, image.get("attention").size());
    for (JsonNode weight : image.get("attention")) {
      assertTrue(weight.asDouble() > 0 && weight.asDouble() < 1, weight.toString());
    }
    for (String map : List.of("fused", "resnet18", "squeezenet1_1")) {
      INDArray numbers =
          Nd4j.createFromNpyFile(out.resolve("person120_phantom_1." + map + ".npy").toFile());
      assertEquals(List.of(64L, 64L), List.of(numbers.size(0), numbers.size(1)));
      BufferedImage over =
          ImageIO.read(out.resolve("person120_phantom_1." + map + ".png").toFile());
      assertEquals(192, over.getWidth());
      if (!map.equals("fused")) { // What the bars show is the mean of the map.
        assertEquals(
            image.at("/logOdds/" + map).asDouble(), numbers.meanNumber().doubleValue(), 0.05);
      }
    }
    JsonNode coco = json(out.resolve("regions.json"));
    assertEquals(192, coco.at("/images/0/width").asInt());
    assertFalse(coco.get("annotations").isEmpty());
    for (JsonNode region : coco.get("annotations")) {
      JsonNode box = region.get("bbox");
      assertTrue(box.get(0).asDouble() >= 0 && box.get(1).asDouble() >= 0, box.toString());
      assertTrue(box.get(0).asDouble() + box.get(2).asDouble() <= 192, box.toString());
      assertTrue(box.get(1).asDouble() + box.get(3).asDouble() <= 192, box.toString());
      assertEquals("PNEUMONIA", coco.at("/categories/1/name").asText());
      assertEquals(2, region.get("category_id").asInt());
    }
    String page = Files.readString(out.resolve("index.html"));
    assertTrue(page.contains("person120_phantom_1.fused.png"));
    assertFalse(page.contains("did not pass"));
  }

  @Test
  void whatWasExplainedBeforeGoes() throws IOException {
    Path passed = copy("again", PASSED);
    Path out = folder.resolve("out-again");
    Path other = one.resolveSibling("person120_phantom_2.png");
    assertEquals(0, explain(passed, out, other).exitCode());
    Files.writeString(out.resolve("note.txt"), "mine");
    assertTrue(Files.exists(out.resolve("person120_phantom_2.fused.npy")));
    assertEquals(0, explain(passed, out).exitCode());
    assertFalse(Files.exists(out.resolve("person120_phantom_2.fused.npy")));
    assertTrue(Files.exists(out.resolve("person120_phantom_1.fused.npy")));
    assertTrue(Files.exists(out.resolve("note.txt")));
  }

  @Test
  void damagedPlacesAreRefusedBeforeTraining() throws IOException {
    Path places = images.resolve("places.json");
    String whole = Files.readString(places);
    try {
      Files.writeString(places, "[");
      Path recipe = folder.resolve("recipe.yaml");
      CliResult refused = CliResult.asIs("train", recipe, "--run", folder.resolve("never"));
      assertEquals(2, refused.exitCode());
      assertTrue(refused.err().contains("places.json"), refused.err());
      assertFalse(Files.exists(folder.resolve("never")));
      Files.writeString(places, whole.replace("train/", "").replace("test/", ""));
      CliResult stray = explain(copy("stray", ""), folder.resolve("out-stray"), "--show-failed");
      assertTrue(stray.err().contains("tells no place of any validation image"), stray.err());
    } finally {
      Files.writeString(places, whole);
    }
  }

  @Test
  void damagedVerdictsAreFoundAnew() throws IOException {
    Path damaged = copy("damaged", "{}");
    CliResult found = explain(damaged, folder.resolve("out-damaged"), "--show-failed");
    assertEquals(0, found.exitCode(), found.err());
    assertEquals(json(run.resolve("maps.json")), json(damaged.resolve("maps.json")));
  }

  @Test
  void predictAndExplainSayTheSame() throws IOException {
    Path out = folder.resolve("same");
    assertEquals(0, explain(copy("same-run", PASSED), out).exitCode());
    CliResult predicted = CliResult.of("predict", "--run", run, "--json", one);
    JsonNode answer = new ObjectMapper().readTree(predicted.out());
    JsonNode image = json(out.resolve("explained.json")).get("images").get(0);
    assertEquals(answer.get("label").asText(), image.get("label").asText());
    assertEquals(
        answer.at("/probabilities/PNEUMONIA").asDouble(),
        image.at("/probabilities/PNEUMONIA").asDouble(),
        1e-4);
  }

  @Test
  void mapsThatFailedAreShownOnDemandAlone() throws IOException {
    Path failed = copy("failed", FAILED);
    Path out = folder.resolve("out-failed");
    CliResult refused = explain(failed, out);
    assertEquals(1, refused.exitCode());
    assertTrue(refused.err().contains("all weights are shuffled"), refused.err());
    assertTrue(refused.err().contains("--show-failed"), refused.err());
    assertFalse(Files.exists(out));

    CliResult shown = explain(failed, out, "--show-failed");
    assertEquals(0, shown.exitCode(), shown.err());
    assertFalse(json(out.resolve("explained.json")).get("passed").asBoolean());
    assertTrue(Files.readString(out.resolve("index.html")).contains("did not pass their checks"));
  }

  @Test
  void runsWithoutTheirImagesCannotCheck() throws IOException {
    Path unchecked = copy("unchecked", "");
    Path splits = unchecked.resolve("split.csv");
    Files.writeString(splits, Files.readString(splits).replace(images + "/train", images + "/no"));
    CliResult refused = explain(unchecked, folder.resolve("out-unchecked"));
    assertEquals(1, refused.exitCode());
    assertTrue(refused.err().contains("have not been checked"), refused.err());
    assertTrue(refused.err().contains("is not there"), refused.err());

    Path changed = copy("changed", "");
    splits = changed.resolve("split.csv");
    Files.writeString(splits, Files.readString(splits).replaceAll(",[0-9a-f]{64}", ",00ff"));
    refused = explain(changed, folder.resolve("out-changed"));
    assertEquals(1, refused.exitCode());
    assertTrue(refused.err().contains("has changed since it was checked"), refused.err());
  }

  @Test
  void aRunThatEndedWithoutItsReportGetsOneOnResuming() throws IOException {
    Path ended = copy("ended", "");
    Files.delete(ended.resolve("report.html"));
    CliResult resumed = CliResult.asIs("train", "--resume", "--run", ended);
    assertEquals(0, resumed.exitCode(), resumed.err());
    assertEquals(json(run.resolve("maps.json")), json(ended.resolve("maps.json")));
    assertTrue(Files.exists(ended.resolve("report.html")));
  }

  @Test
  void whatIsWrongIsSaid() throws IOException {
    Path passed = copy("wrong", PASSED);
    Path out = folder.resolve("out-wrong");
    CliResult unknown = explain(passed, out, "--class", "FLU");
    assertEquals(2, unknown.exitCode());
    assertTrue(unknown.err().contains("it knows NORMAL, PNEUMONIA"), unknown.err());
    CliResult method = explain(passed, out, "--method", "magic");
    assertEquals(2, method.exitCode());
    assertTrue(method.err().contains("expected hirescam, gradcam, layercam"), method.err());
    CliResult others = explain(passed, images);
    assertEquals(2, others.exitCode());
    assertTrue(others.err().contains("holds other files than explain writes"), others.err());
    CliResult broken = explain(passed, out, folder.resolve("recipe.yaml"));
    assertEquals(1, broken.exitCode());
    assertTrue(broken.out().contains("recipe.yaml: error: "), broken.out());
    JsonNode said = json(out.resolve("explained.json"));
    assertEquals(1, said.get("images").size());
    assertTrue(said.at("/unread/0/file").asText().endsWith("recipe.yaml"), said.toString());
    assertEquals(0, explain(passed, out).exitCode(), "into the same folder again");
    assertEquals(2, CliResult.of("explain", "--run", passed, "--out", out, "").exitCode());
  }
}
