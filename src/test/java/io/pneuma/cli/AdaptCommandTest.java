package io.pneuma.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.pneuma.AnotherScanner;
import io.pneuma.phantoms.Phantoms;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.apache.commons.io.FileUtils;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A run on phantoms, and places with another scanner or other patients. */
class AdaptCommandTest {
  private static final String RECIPE =
      """
      seed: 1
      data:
        folder: %s
        imageSize: 48
        validation: {fraction: 0.3}
      backbones:
        - {name: %s, weights: none, freeze: none, cut: %s}
      fusion: {embedding: 16, attention: {type: none}}
      training: {epochs: 5, batchSize: 16, learningRate: 2.0e-3}
      evaluation: {threshold: youden}
      """;

  @TempDir static Path folder;
  private static Path here;
  private static Path there;
  private static Path run;

  @BeforeAll
  static void trainOnce() throws IOException {
    here = folder.resolve("here");
    there = folder.resolve("there");
    Phantoms.draw(here, 1);
    Phantoms.draw(there, 2);
    run = train("resnet18", "layer1");
  }

  private static Path train(String backbone, String cut) throws IOException {
    Path recipe = folder.resolve(backbone + ".yaml");
    Files.writeString(recipe, RECIPE.formatted(here, backbone, cut));
    Path trained = folder.resolve(backbone);
    CliResult result = CliResult.of("train", recipe, "--no-ui", "--run", trained);
    assertEquals(0, result.exitCode(), result.err());
    return trained;
  }

  private static CliResult adapt(Path by, Path data, Path to) {
    return CliResult.of("adapt", "--run", by, "--data", data, "--to", to);
  }

  private static JsonNode json(Path file) throws IOException {
    return new ObjectMapper().readTree(Files.readString(file));
  }

  private static JsonNode measured(Path by, Path data) throws IOException {
    Path file = folder.resolve("measured.json");
    CliResult result = CliResult.of("evaluate", "--run", by, "--data", data, "--json", file);
    assertEquals(0, result.exitCode(), result.err());
    return json(file);
  }

  @Test
  void anotherScannersImagesAreToldBetterByTheirOwnStatistics() throws IOException {
    Path scanned = folder.resolve("scanned");
    new AnotherScanner(0.5, 0.4, 0.05).copy(there, scanned);
    Path adapted = folder.resolve("adapted-scanner");
    CliResult result = adapt(run, scanned.resolve("train"), adapted);
    assertEquals(0, result.exitCode(), result.err());
    assertTrue(result.err().contains("are seen without their classes"), result.err());
    assertTrue(result.err().contains("batch normalisations have the statistics"), result.err());
    double before = measured(run, scanned).get("brier").asDouble();
    double after = measured(adapted, scanned).get("brier").asDouble();
    assertTrue(after < 0.8 * before, before + " to " + after);

    JsonNode manifest = json(adapted.resolve("manifest.json")).get("adapted");
    assertEquals("resnet18", manifest.get("parent").asText());
    assertTrue(manifest.at("/norms/layers").asInt() > 0);
    JsonNode decision = json(adapted.resolve("decision.json"));
    assertTrue(decision.get("conformal").isNull()); // What it promises held with other statistics.
    assertFalse(Files.exists(folder.resolve(".adapted-scanner.partial")));
  }

  @Test
  void whereNothingHasChangedNothingIsLost() throws IOException {
    Path adapted = folder.resolve("adapted-same");
    CliResult result = adapt(run, there.resolve("train"), adapted);
    assertEquals(0, result.exitCode(), result.err());
    assertEquals(json(run.resolve("shortcuts.json")), json(adapted.resolve("shortcuts.json")));
    double before = measured(run, there).get("brier").asDouble();
    double after = measured(adapted, there).get("brier").asDouble();
    assertTrue(after < before + 0.02, before + " to " + after);
  }

  @Test
  void aBalanceMovesTheAnswersAndKeepsTheSets() throws IOException {
    Path parent = train("squeezenet1_1", "features.4");
    Path healthy = folder.resolve("healthy");
    FileUtils.copyDirectory(
        there.resolve("train/NORMAL").toFile(), healthy.resolve("NORMAL").toFile());
    try (Stream<Path> ill = Files.list(there.resolve("train/PNEUMONIA"))) {
      for (Path file : ill.sorted().limit(11).toList()) {
        Files.createDirectories(healthy.resolve("PNEUMONIA"));
        Files.copy(file, healthy.resolve("PNEUMONIA").resolve(file.getFileName()));
      }
    }
    Path adapted = folder.resolve("adapted-balance");
    CliResult result = adapt(parent, healthy, adapted);
    assertEquals(0, result.exitCode(), result.err());
    assertTrue(result.err().contains("no batch normalisation that learnt"), result.err());
    JsonNode balance = json(adapted.resolve("manifest.json")).at("/adapted/balance");
    JsonNode interval = balance.at("/ci95/PNEUMONIA");
    double planted = 11 / json(adapted.resolve("manifest.json")).at("/adapted/images").asDouble();
    assertTrue(interval.get(0).asDouble() <= planted, interval + " of " + planted);
    assertTrue(interval.get(1).asDouble() >= planted, interval + " of " + planted);
    double before = measured(parent, healthy).get("brier").asDouble();
    JsonNode after = measured(adapted, healthy);
    assertTrue(after.get("brier").asDouble() < before, before + " to " + after.get("brier"));

    // What it says of the former place follows from what the parent said.
    JsonNode test = json(adapted.resolve("metrics.json")).at("/splits/test");
    JsonNode again = measured(adapted, here);
    assertEquals(test.get("brier").asDouble(), again.get("brier").asDouble(), 1e-5);
    JsonNode former = json(parent.resolve("metrics.json")).at("/splits/test");
    assertEquals(former.at("/conformal/coverage"), test.at("/conformal/coverage"));
    assertEquals(former.get("recall"), test.get("recall")); // Youden's threshold moves along.
    assertEquals(former.get("specificity"), test.get("specificity"));

    everyVerbTakes(adapted);
    assertEquals(2, adapt(parent, healthy, adapted).exitCode()); // There is a run already.
    refusesTooFew(parent, healthy.resolve("NORMAL"));
  }

  private static void everyVerbTakes(Path adapted) throws IOException {
    Path image = here.resolve("test/NORMAL/person101_phantom_1.png");
    CliResult predicted = CliResult.of("predict", "--run", adapted, image);
    assertEquals(0, predicted.exitCode(), predicted.err());
    CliResult averaged = CliResult.of("predict", "--run", adapted, image, "--tta", "--json");
    assertEquals(0, averaged.exitCode(), averaged.err());
    assertTrue(averaged.err().contains("was adapted to another place"), averaged.err());
    assertFalse(new ObjectMapper().readTree(averaged.out()).has("set"), averaged.out());
    assertEquals(0, CliResult.of("report", "--run", adapted).exitCode());
    assertEquals(0, CliResult.of("verify", adapted.resolve("report.html")).exitCode());
    assertTrue(CliResult.of("runs", adapted).out().contains("adapted"));
    CliResult resumed = CliResult.of("train", "--resume", "--run", adapted);
    assertEquals(2, resumed.exitCode());
    assertTrue(resumed.err().contains("train its parent"), resumed.err());
    CliResult joined = CliResult.of("ensemble", adapted, run, "--run", folder.resolve("both"));
    assertEquals(2, joined.exitCode());
    assertTrue(joined.err().contains("was adapted to a new place"), joined.err());
  }

  private static void refusesTooFew(Path parent, Path images) throws IOException {
    Path few = Files.createDirectories(folder.resolve("few"));
    try (Stream<Path> files = Files.list(images)) {
      for (Path file : files.sorted().limit(9).toList()) {
        Files.copy(file, few.resolve(file.getFileName()));
      }
    }
    Path refused = folder.resolve("refused");
    CliResult tooFew = adapt(parent, few, refused);
    assertEquals(1, tooFew.exitCode());
    assertTrue(tooFew.err().contains("there is nothing to adapt"), tooFew.err());
    assertFalse(Files.exists(refused));
    assertFalse(Files.exists(folder.resolve(".refused.partial")));
  }
}
