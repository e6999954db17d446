package io.pneuma.explain;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.pneuma.TinyRadiographs;
import io.pneuma.backbone.FormulaWeights;
import io.pneuma.computation.UnsupportedLayerException;
import io.pneuma.config.Recipe;
import io.pneuma.explain.Explainer.Explanation;
import io.pneuma.network.BackboneUnit;
import io.pneuma.network.FusionNetwork;
import io.pneuma.onednn.OneDnn;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Explanations of small networks with random weights. */
class ExplainerTest {
  private static final int SIZE = 32;

  @TempDir private Path folder;

  private ComputationGraph network(String attention, String... changes) throws IOException {
    assumeTrue(OneDnn.find().isPresent(), "oneDNN does not run on this machine");
    Path file = folder.resolve("recipe.yaml");
    Files.writeString(file, TinyRadiographs.recipe(folder, "all", attention));
    Recipe recipe = TinyRadiographs.loader(folder).load(file, List.of(changes)).recipe();
    List<BackboneUnit> units = BackboneUnit.of(recipe);
    List<ComputationGraph> backbones = new ArrayList<>();
    for (BackboneUnit unit : units) {
      backbones.add(unit.create());
    }
    return new FusionNetwork(recipe, units, new double[] {1, 1}).build(backbones);
  }

  private static Explanation explain(ComputationGraph network, Method method) {
    INDArray image = FormulaWeights.images(1, SIZE);
    try (Explainer explainer = new Explainer(network, SIZE, 1)) {
      return explainer.explain(image, said -> 1, method).get(0);
    }
  }

  private static double[] attention(ComputationGraph network) {
    INDArray image = FormulaWeights.images(1, SIZE);
    try (Explainer explainer = new Explainer(network, SIZE, 1)) {
      return explainer.attention(explainer.explain(image, said -> 1, Method.HIRESCAM).get(0));
    }
  }

  @Test
  void attentionsWeighBackbones() throws IOException {
    for (String attention : List.of("se", "eca")) {
      double[] factors = attention(network(attention));
      assertEquals(2, factors.length);
      assertTrue(factors[0] > 0 && factors[0] < 1, attention);
    }
    double[] shares = attention(network("self"));
    assertEquals(1, shares[0] + shares[1], 1e-5);
    assertEquals(0, attention(network("none")).length);
  }

  @Test
  void selfAttentionOnMapsIsRolledOut() throws IOException {
    ComputationGraph network = network("self", "fusion.on=map", "fusion.embedding=none");
    Explanation plain = explain(network, Method.HIRESCAM);
    Explanation rolled = explain(network, Method.ROLLOUT);
    assertEquals(0, attention(network).length); // It tells places, not backbones.
    for (int i = 0; i < 2; i++) {
      Heatmap map = rolled.byBackbone().get(i);
      assertEquals(plain.byBackbone().get(i).values().length, map.values().length);
      assertEquals(Math.abs(plain.byBackbone().get(i).mean()), map.mean(), 1e-4);
      for (float value : map.values()) {
        assertTrue(value >= 0, "negative");
      }
    }
  }

  @Test
  void transformersAreRolledOutByAnyMethod() throws IOException {
    ComputationGraph network =
        network(
            "none",
            "backbones=[{name: vit_s_16, weights: none, freeze: all}]",
            "fusion.embedding=none");
    Explanation rolled = explain(network, Method.ROLLOUT);
    assertEquals(4, rolled.fused().values().length);
    assertArrayEquals(rolled.fused().values(), explain(network, Method.HIRESCAM).fused().values());
  }

  @Test
  void convolutionalNetworksCannotBeRolledOut() throws IOException {
    ComputationGraph network = network("se");
    UnsupportedLayerException refused =
        assertThrows(UnsupportedLayerException.class, () -> explain(network, Method.ROLLOUT));
    assertTrue(refused.getMessage().contains("attention"), refused.getMessage());
  }

  @Test
  void shuffledWeightsComeBack() throws IOException {
    ComputationGraph network = network("se");
    INDArray before = network.params().dup();
    Shuffle shuffle = new Shuffle(network);
    assertEquals(
        List.of("output", "head", "upper half of the layers", "all layers"),
        List.copyOf(shuffle.cascade().keySet()));
    double sum = before.sumNumber().doubleValue();
    shuffle.shuffle(shuffle.cascade().get("all layers"), 1);
    assertNotEquals(before, network.params());
    assertEquals(sum, network.params().sumNumber().doubleValue(), 1e-2 * Math.abs(sum));
    shuffle.shuffle(shuffle.cascade().get("output"), 1);
    INDArray embedding = network.getLayer("embedding/squeezenet1.1").params();
    shuffle.restore();
    assertEquals(embedding, network.getLayer("embedding/squeezenet1.1").params());
    assertEquals(before, network.params());
  }

  @Test
  void aNewHeadFitsTheOldBackbones() throws IOException {
    ComputationGraph network = network("se");
    ComputationGraph head = FusionNetwork.newHead(network, SIZE, 5, 1e-3);
    ComputationGraph other = FusionNetwork.newHead(network, SIZE, 6, 1e-3);
    assertNotEquals(head.params(), other.params());
    INDArray before = network.getLayer(FusionNetwork.OUTPUT).getParam("W").dup();
    FusionNetwork.copy(head, network);
    assertNotEquals(before, network.getLayer(FusionNetwork.OUTPUT).getParam("W"));
    assertEquals(
        head.getLayer(FusionNetwork.OUTPUT).getParam("W"),
        network.getLayer(FusionNetwork.OUTPUT).getParam("W"));
  }
}
