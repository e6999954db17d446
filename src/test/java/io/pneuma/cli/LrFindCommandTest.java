package io.pneuma.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.pneuma.TinyRadiographs;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LrFindCommandTest {
  @TempDir private Path folder;
  private Path config;

  @BeforeEach
  void writeImagesAndRecipe() throws IOException {
    TinyRadiographs.write(folder.resolve("images"), 12);
    config = folder.resolve("tiny.yaml");
    Files.writeString(config, TinyRadiographs.recipe(folder.resolve("images"), "none", "se"));
  }

  private List<Path> files() throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return files.filter(Files::isRegularFile).map(folder::relativize).sorted().toList();
    }
  }

  @Test
  void leavesAPictureAndSaysWhatToType() throws IOException {
    List<Path> before = files();
    Path picture = folder.resolve("rates.png");
    Path json = folder.resolve("rates.json");
    CliResult result =
        CliResult.of(
            "lr-find",
            config,
            "--out",
            picture,
            "--json",
            json,
            "--set",
            "training.batchSize=4",
            "--set",
            "training.learningRate=1");
    assertEquals(0, result.exitCode(), result.err());
    JsonNode found = new ObjectMapper().readTree(json.toFile());
    String valley = String.format(Locale.ROOT, "%.1e", found.get("valley").asDouble());
    assertTrue(result.out().matches("(?s).*valley +" + valley + " .*"), result.out());
    String next = "train " + config + " --set training.batchSize=4 --set training.learningRate=";
    assertTrue((result.out() + result.err()).contains(next + valley), result.out());
    assertEquals(1e-7, found.get("steps").get(0).get("learningRate").asDouble(), 1e-12);
    BufferedImage drawn = ImageIO.read(picture.toFile());
    assertEquals(1000, drawn.getWidth());

    List<Path> after = files();
    assertEquals(before.size() + 2, after.size(), after.toString());
    assertTrue(after.containsAll(before));
  }

  @Test
  void takesTheFirstOfSeveralNetworks() {
    Path picture = folder.resolve("rates.png");
    CliResult result =
        CliResult.of("lr-find", config, "--out", picture, "--set", "evaluation.folds=3");
    assertEquals(0, result.exitCode(), result.err());
    assertTrue(result.err().contains("of the recipe's 3 networks the first"), result.err());
  }

  @Test
  void refusesWhatCannotBeBeforeAnyWork() throws IOException {
    List<Path> before = files();
    assertRefused("expected a name that ends in .png", "--out", folder.resolve("rates.jpg"));
    assertRefused("its folder does not exist; make it first", "--out", folder.resolve("no/r.png"));
    assertRefused("is a folder; expected a file to write", "--json", folder);
    assertRefused(
        "full batches", "--out", folder.resolve("rates.png"), "--set", "training.batchSize=99");
    assertRefused("did you mean learningRate?", "--set", "training.learningrate=1");
    assertEquals(before, files());
  }

  private void assertRefused(String why, Object... options) {
    Object[] words = Stream.concat(Stream.of("lr-find", config), Stream.of(options)).toArray();
    CliResult result = CliResult.of(words);
    assertEquals(2, result.exitCode(), result.err());
    assertTrue(result.err().contains(why), result.err());
  }
}
