package io.pneuma.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pneuma.TinyRadiographs;
import io.pneuma.config.Recipe;
import io.pneuma.config.Recipe.Decay;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.conf.layers.BaseLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.layers.FrozenLayer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.regularization.WeightDecay;
import org.nd4j.linalg.schedule.ISchedule;

class LearningRatesTest {
  @TempDir private Path folder;

  private Recipe recipe(String freeze, String... assignments) throws IOException {
    Path file = folder.resolve("recipe.yaml");
    Files.writeString(file, TinyRadiographs.recipe(folder, freeze, "se"));
    return TinyRadiographs.loader(folder).load(file, List.of(assignments)).recipe();
  }

  private static void assertRates(ISchedule schedule, double... expected) {
    for (int epoch = 0; epoch < expected.length; epoch++) {
      assertEquals(expected[epoch], schedule.valueAt(100 * epoch, epoch), 1e-5, "epoch " + epoch);
    }
  }

  @Test
  void riseInTheWarmUpAndFallAlongTheCosine() throws IOException {
    Recipe recipe =
        recipe(
            "all",
            "training.learningRate=1",
            "training.epochs=5",
            "training.warmupEpochs=1",
            "training.decay=cosine");
    assertRates(LearningRates.schedule(recipe.training(), 1), 0.5, 1, 0.85355, 0.5, 0.14645);
    assertRates(LearningRates.schedule(recipe.training(), 0.1), 0.05, 0.1, 0.085355);
  }

  @Test
  void fallInStepsAfterTheWarmUp() throws IOException {
    Recipe recipe = recipe("all", "training.learningRate=1", "training.warmupEpochs=2");
    assertRates(LearningRates.schedule(recipe.training(), 1), 1 / 3.0, 2 / 3.0, 0.5, 0.5);
  }

  @Test
  void areLowerFurtherFromABackbonesEnd() throws IOException {
    Recipe recipe = recipe("none", "training.learningRate=1", "training.stageDecay=0.5");
    FusionNetwork network = new FusionNetwork(recipe, new double[] {1, 1});
    ComputationGraph graph = network.build(List.of());
    assertEquals(1, rate(graph, "output"));
    assertEquals(1, rate(graph, "resnet18/layer1.0.conv1"));
    assertEquals(0.5, rate(graph, "resnet18/conv1"));
    assertEquals(1, rate(graph, "resnet18/layer1.0.bn1"));
  }

  @Test
  void riseFromStepToStepInARangeTest() throws IOException {
    Recipe recipe =
        recipe(
            "none", "training.stageDecay=0.5", "training.decay=cosine", "training.warmupEpochs=2");
    Recipe swept = recipe.sweep(new Decay.Sweep(1e-3, 10, 5), 1);
    ComputationGraph graph = new FusionNetwork(swept, new double[] {1, 1}).build(List.of());
    double[] rates = {1e-3, 1e-2, 0.1, 1, 10};
    for (int step = 0; step < rates.length; step++) {
      assertEquals(rates[step], rate(graph, "output", step), 1e-9);
      assertEquals(rates[step], rate(graph, "resnet18/layer1.0.conv1", step), 1e-9);
      assertEquals(rates[step] / 2, rate(graph, "resnet18/conv1", step), 1e-9);
    }
  }

  private static double rate(ComputationGraph graph, String layer) {
    return rate(graph, layer, 0);
  }

  private static double rate(ComputationGraph graph, String layer, int step) {
    BaseLayer conf = (BaseLayer) graph.getLayer(layer).conf().getLayer();
    return ((Adam) conf.getIUpdater()).getLearningRate(step, 0);
  }

  @Test
  void weightsAloneDecay() throws IOException {
    Recipe recipe = recipe("none", "training.weightDecay=0.1");
    ComputationGraph graph = new FusionNetwork(recipe, new double[] {1, 1}).build(List.of());
    int decaying = 0;
    for (Layer layer : graph.getLayers()) {
      if (layer instanceof FrozenLayer) {
        continue; // The fixed colour map.
      }
      for (String name : layer.paramTable().keySet()) {
        var kinds = layer.getConfig().getRegularizationByParam(name);
        boolean decays = kinds != null && !kinds.isEmpty();
        assertEquals(name.equals("W") || name.equals("W1") || name.equals("W2"), decays, name);
        if (decays) {
          decaying++;
          assertEquals(List.of(new WeightDecay(0.1, true)), kinds);
        }
      }
    }
    assertTrue(decaying > 5);
  }
}
