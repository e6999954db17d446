package io.pneuma.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.pneuma.run.RunDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The first command of the README, an epoch of it: three backbones that learn, whole. */
class QuickstartTest {
  @TempDir private Path folder;

  private static Map<String, Double> pneumonia(CliResult result) throws IOException {
    assertEquals(0, result.exitCode(), result.err());
    Map<String, Double> probabilities = new TreeMap<>();
    for (String line : result.out().lines().toList()) {
      JsonNode answer = new ObjectMapper().readTree(line);
      String name = Path.of(answer.get("file").asText()).getFileName().toString();
      probabilities.put(name, answer.get("probabilities").get("PNEUMONIA").asDouble());
    }
    return probabilities;
  }

  @Test
  void itTrainsAndAnswersForOneImageAsForMany() throws IOException {
    Path run = folder.resolve("run");
    Path images = folder.resolve("phantoms");
    CliResult drawn = CliResult.of("data", "phantom", images);
    assertEquals(0, drawn.exitCode(), drawn.err());
    CliResult training =
        CliResult.of(
            "train",
            "conf/quickstart.yaml",
            "--run",
            run,
            "--no-ui",
            "--set",
            "training.epochs=1",
            "--set",
            "augmentation.views=1",
            "--set",
            "data.folder=" + images);
    assertEquals(0, training.exitCode(), training.err());
    assertTrue(Files.size(RunDirectory.open(run).report()) > 0);
    Path test = images.resolve("test/PNEUMONIA");
    Map<String, Double> many = pneumonia(CliResult.of("predict", "--run", run, test, "--json"));
    String name = many.keySet().iterator().next();
    CliResult one = CliResult.of("predict", "--run", run, test.resolve(name), "--json");
    assertEquals(many.get(name), pneumonia(one).get(name), 1e-5);
  }
}
