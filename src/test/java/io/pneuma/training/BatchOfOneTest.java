package io.pneuma.training;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pneuma.TinyRadiographs;
import io.pneuma.config.ConfigException;
import io.pneuma.config.Recipe;
import io.pneuma.network.BackboneUnit;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BatchOfOneTest {
  @TempDir Path folder;

  private Recipe recipe(int batchSize, int imageSize, String backbone) throws IOException {
    Path file = folder.resolve("recipe.yaml");
    Files.writeString(file, TinyRadiographs.recipe(folder, "none", "se"));
    return TinyRadiographs.loader(folder)
        .load(
            file,
            List.of(
                "training.batchSize=" + batchSize,
                "data.imageSize=" + imageSize,
                "backbones=[" + backbone + "]"))
        .recipe();
  }

  private BatchOfOne check(int batchSize, int imageSize, String backbone) throws IOException {
    Recipe recipe = recipe(batchSize, imageSize, backbone);
    return new BatchOfOne(recipe, BackboneUnit.of(recipe));
  }

  @Test
  void namesBatchSizeLayerAndWhatHelps() throws IOException {
    BatchOfOne check = check(1, 32, "{name: resnet18, weights: none, freeze: none}");
    assertEquals(
        "training.batchSize = 1: at data.imageSize = 32 the maps at layer4.0.bn1 of resnet18 are"
            + " 1 x 1, where batch normalisation sees one value a channel of a single image and gives"
            + " its bias whatever the image is; take a batchSize of 2 or more (16 is usual), a"
            + " data.imageSize of 33 or more, or freeze: all for resnet18",
        assertThrows(ConfigException.class, check::refuseEvery).getMessage());
  }

  @Test
  void isRefusedBeforeAnyWeightsAreLoaded() throws IOException {
    Recipe recipe = recipe(1, 32, "{name: resnet18, weights: none, freeze: none}");
    assertThrows(ConfigException.class, () -> RunBackbones.load(recipe));
  }

  @Test
  void whatHelpsDoes() throws IOException {
    assertDoesNotThrow(check(2, 32, "{name: resnet18, weights: none, freeze: none}")::refuseEvery);
    assertDoesNotThrow(check(1, 33, "{name: resnet18, weights: none, freeze: none}")::refuseEvery);
    assertDoesNotThrow(check(1, 32, "{name: resnet18, weights: none, freeze: all}")::refuseEvery);
  }

  @Test
  void anImageLeftOverForTheLastBatchIsOne() throws IOException {
    String learning = "{name: resnet18, weights: none, freeze: none}";
    BatchOfOne check = check(16, 32, learning);
    String message = assertThrows(ConfigException.class, () -> check.refuseLast(33)).getMessage();
    assertTrue(message.startsWith("training.batchSize = 16: of 33 training images one"), message);
    assertTrue(message.contains("take training.batchSize = 15,"), message); // 33 = 2 x 15 + 3
    assertDoesNotThrow(() -> check.refuseLast(34));
    assertDoesNotThrow(() -> check.refuseLast(32));
    BatchOfOne pairs = check(2, 32, learning);
    assertTrue(
        assertThrows(ConfigException.class, () -> pairs.refuseLast(7))
            .getMessage()
            .contains("take training.batchSize = 4,")); // 3 leaves one of 7, too.
  }
}
