package io.pneuma.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pneuma.TinyRadiographs;
import io.pneuma.config.Recipe;
import io.pneuma.images.Dataset;
import io.pneuma.images.ImagePipeline;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PreviewCommandTest {
  private static final String POLICY = "augmentation.policy=xray";

  @TempDir private Path folder;
  private Path config;

  @BeforeEach
  void writeImagesAndRecipe() throws IOException {
    TinyRadiographs.write(folder.resolve("images"), 8);
    config = folder.resolve("tiny.yaml");
    Files.writeString(config, TinyRadiographs.recipe(folder.resolve("images"), "none", "se"));
  }

  @Test
  void theSheetHoldsThePixelsOfThePipeline() throws IOException {
    Path file = folder.resolve("sheet.png");
    CliResult result = CliResult.of("data", "preview", config, file, "--set", POLICY);
    assertEquals(0, result.exitCode(), result.err());
    BufferedImage sheet = ImageIO.read(file.toFile());
    int side = TinyRadiographs.SIDE;
    assertEquals(3 * (side + 4) + 4, sheet.getWidth()); // The plain view and both others.
    assertEquals(18 + 6 * (side + 4 + 18) + 4, sheet.getHeight());

    Recipe recipe = TinyRadiographs.loader(folder).load(config, List.of(POLICY)).recipe();
    Dataset data = Dataset.load(recipe.data(), recipe.seed(), done -> {});
    ImagePipeline pipeline = new ImagePipeline(side, recipe.augmentation(), recipe.seed());
    for (int view = 0; view <= 2; view++) {
      FloatBuffer pixels = FloatBuffer.allocate(pipeline.length());
      pipeline.read(data.train().get(0), view, pixels);
      for (int i = 0; i < side * side; i++) {
        int shown = sheet.getRGB(4 + view * (side + 4) + i % side, 36 + i / side);
        int grey = Math.round(255 * pixels.get(i));
        assertEquals(0x010101 * grey, shown & 0xFFFFFF, "view " + view + ", pixel " + i);
      }
    }
  }

  @Test
  void refusesWhatCannotBeWrittenBeforeAnyWork() {
    CliResult ending = CliResult.of("data", "preview", config, folder.resolve("sheet.jpg"));
    assertEquals(2, ending.exitCode());
    assertTrue(ending.err().contains("expected a name that ends in .png"), ending.err());
    CliResult place = CliResult.of("data", "preview", config, folder.resolve("no/sheet.png"));
    assertEquals(2, place.exitCode());
    assertTrue(place.err().contains("its folder does not exist; make it first"), place.err());
    assertFalse(Files.exists(folder.resolve("no")));
  }
}
