package io.pneuma.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pneuma.TinyRadiographs;
import io.pneuma.config.Recipe;
import io.pneuma.images.LabelledImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class MixtureTest {
  private static final float[][] HOT = {{1, 0}, {0, 1}, {1, 0}, {0, 1}};

  @TempDir private Path folder;

  private Recipe recipe(String... assignments) throws IOException {
    Path file = folder.resolve("recipe.yaml");
    Files.writeString(file, TinyRadiographs.recipe(folder, "all", "se"));
    return TinyRadiographs.loader(folder).load(file, List.of(assignments)).recipe();
  }

  private static Batch batch() {
    INDArray features = Nd4j.create(new float[][] {{1, 10}, {2, 20}, {4, 40}, {8, 80}});
    return new Batch(new INDArray[] {features}, new int[] {0, 1, 0, 1});
  }

  @Test
  void smoothingSpreadsAShareOverAllClasses() throws IOException {
    Mixture mixture =
        Mixture.of(
            recipe("training.labelSmoothing=0.2").training().regularization(), batch(), HOT, 1);
    assertArrayEquals(new float[] {0.9f, 0.1f}, mixture.targets()[0], 1e-6f);
    assertArrayEquals(new float[] {0.1f, 0.9f}, mixture.targets()[1], 1e-6f);
    assertEquals(1, HOT[0][0]); // As it was given.
  }

  @Test
  void nothingIsMixedUnlessAskedFor() throws IOException {
    Mixture mixture = Mixture.of(recipe().training().regularization(), batch(), HOT, 1);
    assertArrayEquals(HOT, mixture.targets());
    assertEquals(batch().inputs()[0], mixture.inputs()[0]);
  }

  /** The second feature is ten times the first, however examples are mixed. */
  @Test
  void labelsAreMixedAsTheExamplesAre() throws IOException {
    Recipe recipe = recipe("training.mixup=1");
    float[][] numbers = {{1, 0, 0, 0}, {0, 1, 0, 0}, {0, 0, 1, 0}, {0, 0, 0, 1}};
    Mixture mixture = Mixture.of(recipe.training().regularization(), batch(), numbers, 5);
    float[][] features = mixture.inputs()[0].toFloatMatrix();
    double[] values = {1, 2, 4, 8};
    double moved = 0;
    for (int row = 0; row < 4; row++) {
      double expected = 0;
      for (int k = 0; k < 4; k++) {
        expected += mixture.targets()[row][k] * values[k];
      }
      assertEquals(expected, features[row][0], 1e-5);
      assertEquals(10 * expected, features[row][1], 1e-4);
      moved += Math.abs(features[row][0] - values[row]);
    }
    assertNotEquals(0, moved, 1e-3);
    assertArrayEquals(
        features,
        Mixture.of(recipe.training().regularization(), batch(), numbers, 5)
            .inputs()[0]
            .toFloatMatrix());
    assertEquals(batch().inputs()[0].getFloat(3, 1), 80); // The bank's array is left as it is.
  }

  @Test
  void aBalancedEpochShowsAsManyOfEachClass() {
    List<LabelledImage> images = new ArrayList<>();
    for (int i = 0; i < 11; i++) {
      images.add(new LabelledImage(Path.of("image" + i), i < 3 ? 0 : 1, "p" + i, "" + i));
    }
    List<LabelledImage> epoch = Sampling.balanced(images, new Random(1));
    assertEquals(11, epoch.size());
    assertEquals(5, epoch.stream().filter(image -> image.label() == 0).count());
    assertEquals(3, new HashSet<>(epoch.subList(0, 5)).size());
    assertEquals(6, new HashSet<>(epoch.subList(5, 11)).size());
    assertEquals(epoch, Sampling.balanced(images, new Random(1)));
    assertNotEquals(epoch, Sampling.balanced(images, new Random(2)));
  }

  @Test
  void aWeightedEpochShowsEachAsOftenAsItsWeightSays() {
    List<LabelledImage> images = new ArrayList<>();
    Map<LabelledImage, Double> weights = new HashMap<>();
    for (int i = 0; i < 40; i++) {
      images.add(new LabelledImage(Path.of("image" + i), i < 10 ? 0 : 1, "p" + i, "" + i));
      weights.put(images.get(i), i % 2 == 0 ? 1.0 : 4.0);
    }
    Sampling sampling = Sampling.weighted(weights);
    List<LabelledImage> epoch = sampling.epoch(images, new Random(1));
    assertEquals(40, epoch.size());
    for (LabelledImage image : images) {
      int label = image.label();
      double classWeight = label == 0 ? 25 : 75;
      double expected = 20 * weights.get(image) / classWeight;
      long count = Collections.frequency(epoch, image);
      assertTrue(Math.abs(count - expected) < 1, count + " for " + expected);
    }
    assertEquals(20, epoch.stream().filter(image -> image.label() == 0).count());
    assertEquals(epoch, sampling.epoch(images, new Random(1)));
    assertNotEquals(epoch, sampling.epoch(images, new Random(2)));
  }
}
