package io.pneuma.backprop;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pneuma.backbone.Backbone;
import io.pneuma.backbone.Backbones;
import io.pneuma.backbone.FormulaWeights;
import io.pneuma.computation.Activation;
import io.pneuma.computation.GraphReader;
import io.pneuma.computation.Network;
import io.pneuma.computation.Shape;
import io.pneuma.computation.Step;
import io.pneuma.computation.UnsupportedLayerException;
import io.pneuma.computation.Window;
import java.util.List;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration.GraphBuilder;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.learning.config.NoOp;

/** Rolled-out attention, against what else computes its parts. */
class AttentionRolloutTest {
  private static final int SIZE = 56;

  private static ComputationGraph graph(String name, boolean maps) {
    Backbone backbone = Backbones.named(name);
    List<String> stages = backbone.stages();
    GraphBuilder builder = Backbone.graph(new NoOp(), 1).addInputs("image");
    String last = stages.get(stages.size() - 1);
    String out =
        maps
            ? backbone.addMapsTo(builder, "b/", "image", SIZE, last, "", SIZE / backbone.patch())
            : backbone.addTo(builder, "b/", "image", SIZE, last, "");
    builder.setOutputs(out).setInputTypes(InputType.convolutional(SIZE, SIZE, 3));
    ComputationGraph graph = new ComputationGraph(builder.build());
    graph.init();
    backbone.initialiseColours(graph, "b/");
    return graph;
  }

  private static float[] floats(INDArray array) {
    return array.dup('c').data().asFloat();
  }

  @Test
  void computesTheFeaturesOfDeeplearning4jsLayers() {
    for (boolean maps : new boolean[] {false, true}) {
      ComputationGraph graph = graph("dinov2_vits14", maps);
      INDArray image = FormulaWeights.images(1, SIZE);
      Network network = GraphReader.read(graph, new Shape(3, SIZE, SIZE));
      AttentionRollout rollout = new AttentionRollout(network);
      float[] expected = floats(graph.outputSingle(image));
      assertArrayEquals(expected, rollout.features(floats(image)), 2e-3f);
      float[] slopes = new float[expected.length];
      for (int i = 0; i < slopes.length; i++) {
        slopes[i] = (float) Math.sin(i);
      }
      float[] relevance = rollout.relevance(floats(image), slopes);
      assertEquals(16, relevance.length); // 4 x 4 patches of 14 pixels.
      double sum = 0;
      for (float each : relevance) {
        assertTrue(each >= 0, "negative");
        sum += each;
      }
      assertTrue(sum > 0, "nothing is passed on");
    }
  }

  /** Queries and keys are 0, so all weights are a third; values are the pixels. */
  private static Network oneAttention() {
    float[] weights = {0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 1}; // 6 x 2: of the values alone.
    Shape pixels = new Shape(2, 1, 2);
    Shape tokens = new Shape(2, 3, 1);
    Shape three = new Shape(6, 3, 1);
    Shape scores = new Shape(1, 3, 3);
    return new Network(
        "image",
        pixels,
        List.of(
            new Step.Tokens("tokens", "image", tokens, new float[] {1, 1}, new float[4]),
            new Step.Convolution(
                "qkv",
                "tokens",
                Step.Convolution.NO_ADDEND,
                three,
                Window.pixel(),
                1,
                weights::clone,
                new float[6],
                Activation.IDENTITY),
            new Step.Scores("scores", "qkv", scores),
            new Step.Softmax("weights", "scores", scores),
            new Step.Mix("mixed", "weights", "qkv", tokens),
            new Step.Crop("first", "mixed", new Shape(2, 1, 1))),
        "first");
  }

  @Test
  void oneAttentionPassesOnWhatItsValuesGive() {
    AttentionRollout rollout = new AttentionRollout(oneAttention());
    // dL/dA of the first token's attention to a patch is slopes times the patch's value.
    float[] relevance = rollout.relevance(new float[] {6, -1, 3, 2}, new float[] {1, 0.5f});
    assertArrayEquals(new float[] {(6 + 1.5f) / 3, 0}, relevance, 1e-6f);
  }

  @Test
  void convolutionalNetworksHaveNone() {
    ComputationGraph graph = graph("resnet18", false);
    Network network = GraphReader.read(graph, new Shape(3, SIZE, SIZE));
    assertFalse(AttentionRollout.appliesTo(network));
    assertThrows(UnsupportedLayerException.class, () -> new AttentionRollout(network));
  }
}
