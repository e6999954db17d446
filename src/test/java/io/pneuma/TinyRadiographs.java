package io.pneuma;

import io.pneuma.attention.Attentions;
import io.pneuma.backbone.Backbones;
import io.pneuma.config.RecipeLoader;
import io.pneuma.config.Vocabulary;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import javax.imageio.ImageIO;

/** A folder of small noisy images of two classes, told apart by a bright spot. */
public final class TinyRadiographs {
  public static final int SIDE = 32;

  private TinyRadiographs() {}

  /** Writes {@code train/} and {@code test/}, two images for each patient. */
  public static void write(Path folder, int patientsPerClass) throws IOException {
    int patient = 0;
    for (String label : new String[] {"NORMAL", "PNEUMONIA"}) {
      for (int i = 0; i < patientsPerClass; i++) {
        patient++;
        Path parent = folder.resolve(i % 4 == 3 ? "test" : "train").resolve(label);
        Files.createDirectories(parent);
        for (int image = 0; image < 2; image++) {
          Random random = new Random(patient * 10L + image);
          Path file = parent.resolve("person" + patient + "_tiny_" + image + ".png");
          ImageIO.write(draw(label.equals("PNEUMONIA"), random), "png", file.toFile());
        }
      }
    }
  }

  private static BufferedImage draw(boolean spot, Random random) {
    BufferedImage image = new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_BYTE_GRAY);
    int x = 8 + random.nextInt(16);
    int y = 8 + random.nextInt(16);
    for (int row = 0; row < SIDE; row++) {
      for (int column = 0; column < SIDE; column++) {
        boolean inSpot = spot && Math.hypot(row - y, column - x) < 6;
        int value = 60 + random.nextInt(40) + (inSpot ? 110 : 0);
        image.getRaster().setSample(column, row, 0, value);
      }
    }
    return image;
  }

  /** All that keeps a network from learning by heart, as {@code --set} takes it. */
  public static List<String> regularised() {
    return new ArrayList<>(
        List.of(
            "training.weightDecay=0.05",
            "training.dropout=0.2",
            "training.labelSmoothing=0.1",
            "training.mixup=0.2",
            "training.clipNorm=1",
            "training.averageDecay=0.9",
            "training.sampling=balanced"));
  }

  /** A loader whose paths start from this folder. */
  public static RecipeLoader loader(Path folder) {
    Vocabulary vocabulary = new Vocabulary(Backbones.stages(), Map.of(), Attentions.names());
    return new RecipeLoader(vocabulary, folder, folder);
  }

  /** A recipe for this folder, as small as one can be. */
  public static String recipe(Path folder, String freeze, String attention) {
    return """
        seed: 3
        data:
          folder: %s
          imageSize: 32
          validation: {fraction: 0.3}
        augmentation: {crop: 0.9, rotateDegrees: 5, flipHorizontal: 0.5, views: 2}
        backbones:
          - {name: squeezenet1_1, weights: none, freeze: %2$s, cut: features.4}
          - {name: resnet18, weights: none, freeze: %2$s, cut: layer1}
        fusion: {embedding: 8, attention: {type: %3$s}}
        training:
          epochs: 4
          batchSize: 8
          learningRate: 1.0e-3
          decay: {factor: 0.5, everyEpochs: 2}
        """
        .formatted(folder, freeze, attention);
  }
}
