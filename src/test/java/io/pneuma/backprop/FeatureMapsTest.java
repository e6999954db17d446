package io.pneuma.backprop;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pneuma.TinyRadiographs;
import io.pneuma.backbone.FormulaWeights;
import io.pneuma.backprop.FeatureMaps.Maps;
import io.pneuma.backprop.FeatureMaps.Said;
import io.pneuma.computation.Shape;
import io.pneuma.config.Recipe;
import io.pneuma.network.BackboneUnit;
import io.pneuma.network.FusionNetwork;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Feature maps and gradients, against Deeplearning4j's own head. */
class FeatureMapsTest {
  private static final int SIZE = 32;
  private static final int ROWS = 3;

  @TempDir private Path folder;

  /** A network with random weights, and its head alone, with the same weights. */
  private record Networks(ComputationGraph whole, ComputationGraph head) {}

  private Networks networks(String attention, List<String> changes) throws IOException {
    BackboneStepTest.oneDnn();
    Path file = folder.resolve("recipe.yaml");
    Files.writeString(file, TinyRadiographs.recipe(folder, "all", attention));
    Recipe recipe = TinyRadiographs.loader(folder).load(file, changes).recipe();
    List<BackboneUnit> units = BackboneUnit.of(recipe);
    FusionNetwork network = new FusionNetwork(recipe, units, new double[] {1, 3});
    List<ComputationGraph> backbones = new ArrayList<>();
    for (BackboneUnit unit : units) {
      backbones.add(unit.create());
    }
    ComputationGraph whole = network.build(backbones);
    ComputationGraph head = network.buildHead();
    head.params().addi(0.05); // Biases start at 0, which would hide an error.
    head.getLayer(FusionNetwork.OUTPUT).params().muli(0.1); // So that no probability is 1.
    FusionNetwork.copy(head, whole);
    return new Networks(whole, head);
  }

  private static double logOdds(ComputationGraph head, float[][] features, int which) {
    INDArray[] inputs = new INDArray[features.length];
    for (int i = 0; i < inputs.length; i++) {
      inputs[i] = Nd4j.create(new float[][] {features[i]});
    }
    double p = head.outputSingle(inputs).getDouble(0, which);
    return Math.log(p / (1 - p));
  }

  @ParameterizedTest
  @CsvSource({"none, vector", "se, vector", "eca, vector", "self, vector", "se, map", "self, map"})
  void gradientsAreThoseOfDeeplearning4jsHead(String attention, String on) throws IOException {
    boolean onMaps = on.equals("map");
    Networks networks =
        networks(attention, onMaps ? List.of("fusion.on=map", "fusion.embedding=none") : List.of());
    INDArray images = FormulaWeights.images(ROWS, SIZE);
    double[][] expected = networks.whole.outputSingle(images).toDoubleMatrix();
    Random random = new Random(1);
    try (FeatureMaps maps = new FeatureMaps(networks.whole, SIZE, ROWS)) {
      List<Said> all = maps.of(images, said -> said[0] > said[1] ? 1 : 0); // The unlikelier.
      for (int row = 0; row < ROWS; row++) {
        Said said = all.get(row);
        assertArrayEquals(expected[row], said.probabilities(), 1e-4);
        assertEquals(expected[row][0] > expected[row][1] ? 1 : 0, said.which());
        float[][] features = new float[2][];
        float[][] up = new float[2][];
        float[][] down = new float[2][];
        double slope = 0;
        for (int i = 0; i < 2; i++) {
          Maps of = said.maps().get(i);
          int pixels = of.shape().pixels();
          features[i] = onMaps ? of.values() : means(of.values(), pixels);
          up[i] = features[i].clone();
          down[i] = features[i].clone();
          for (int k = 0; k < features[i].length; k++) {
            float step = 0.01f * (float) random.nextGaussian();
            up[i][k] += step;
            down[i][k] -= step;
            slope += 2 * step * (onMaps ? of.gradients()[k] : pixels * of.gradients()[k * pixels]);
          }
        }
        double measured =
            logOdds(networks.head, up, said.which()) - logOdds(networks.head, down, said.which());
        assertEquals(measured, slope, 0.02 * Math.abs(measured) + 2e-4);
      }
    }
  }

  private static float[] means(float[] values, int pixels) {
    float[] means = new float[values.length / pixels];
    for (int i = 0; i < values.length; i++) {
      means[i / pixels] += values[i] / pixels;
    }
    return means;
  }

  @Test
  void mapsWithoutAttentionAddUpToTheLogOdds() throws IOException {
    Networks networks = networks("none", List.of("fusion.embedding=none"));
    INDArray images = FormulaWeights.images(ROWS, SIZE);
    INDArray bias = networks.whole.getLayer(FusionNetwork.OUTPUT).getParam("b");
    try (FeatureMaps maps = new FeatureMaps(networks.whole, SIZE, ROWS)) {
      for (Said said : maps.of(images, p -> 1)) {
        double sum = bias.getDouble(1) - bias.getDouble(0);
        for (Maps of : said.maps()) {
          for (int i = 0; i < of.values().length; i++) {
            sum += of.values()[i] * of.gradients()[i];
          }
        }
        double p = said.probabilities()[1];
        assertEquals(Math.log(p / (1 - p)), sum, 1e-3);
      }
    }
  }

  private Networks transformer(String cut) throws IOException {
    return networks(
        "none", List.of("backbones=[{name: vit_s_16, weights: none, freeze: all" + cut + "}]"));
  }

  @Test
  void tokensAreWhereTheirPatchesWere() throws IOException {
    Networks networks = transformer(", cut: blocks.1");
    try (FeatureMaps maps = new FeatureMaps(networks.whole, SIZE, ROWS)) {
      Maps of = maps.of(FormulaWeights.images(ROWS, SIZE), p -> 1).get(0).maps().get(0);
      assertEquals(new Shape(384, 2, 2), of.shape()); // Four patches of 16 pixels.
      assertEquals(4 * 384, of.values().length);
    }
  }

  @Test
  void aClassTokenHasNoPlaceButARollout() throws IOException {
    Networks networks = transformer("");
    INDArray images = FormulaWeights.images(ROWS, SIZE);
    try (FeatureMaps maps = new FeatureMaps(networks.whole, SIZE, ROWS)) {
      Said said = maps.of(images, p -> 1).get(2);
      assertEquals(new Shape(384, 1, 1), said.maps().get(0).shape());
      assertTrue(maps.attends(0));
      float[] image = images.slice(2).dup('c').data().asFloat();
      assertEquals(4, maps.rollout(0, image, said).length); // Patches of 16 pixels.
    }
  }
}
