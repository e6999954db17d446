package io.pneuma.backprop;

import static io.pneuma.SameBits.assertSameBits;
import static io.pneuma.backprop.TrainingStep.NO_CLIPPING;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pneuma.attention.Attentions;
import io.pneuma.backbone.Backbone;
import io.pneuma.backbone.Backbones;
import io.pneuma.backbone.FormulaWeights;
import io.pneuma.config.Recipe.AttentionSpec;
import java.util.List;
import org.bytedeco.javacpp.Pointer;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration.GraphBuilder;
import org.deeplearning4j.nn.conf.graph.MergeVertex;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.optimize.api.BaseTrainingListener;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.learning.config.Adam;

/** Whole graphs, backbones and head, against Deeplearning4j's own layers. */
class WholeGraphTest {
  private static final int SIZE = 64;
  private static final int BATCH = 6;

  /** Two backbones, the second of them frozen up to a stage. */
  private static ComputationGraph graph() {
    return graph("resnet18", "layer3");
  }

  private static ComputationGraph graph(String name, String frozen) {
    GraphBuilder builder = Backbone.graph(new Adam(1e-4), 3).addInputs("image");
    String first = add(builder, "squeezenet1_1", "a/", "");
    String second = add(builder, name, "b/", frozen);
    builder
        .addLayer(
            "embedded",
            new DenseLayer.Builder().nOut(16).activation(Activation.IDENTITY).build(),
            first)
        .addLayer(
            "embedded2",
            new DenseLayer.Builder().nOut(16).activation(Activation.IDENTITY).build(),
            second)
        .addVertex("fused", new MergeVertex(), "embedded", "embedded2")
        .addLayer(
            "attention",
            Attentions.create(new AttentionSpec("se", 5, 4), new Attentions.Fused(2, 32, 1))
                .orElseThrow(),
            "fused");
    Heads.finish(builder, "attention");
    builder.setInputTypes(InputType.convolutional(SIZE, SIZE, 3));
    ComputationGraph graph = new ComputationGraph(builder.build());
    graph.init();
    Backbones.named("squeezenet1_1").initialiseColours(graph, "a/");
    Backbones.named(name).initialiseColours(graph, "b/");
    return graph;
  }

  private static String add(GraphBuilder builder, String name, String prefix, String frozen) {
    Backbone backbone = Backbones.named(name);
    String last = backbone.stages().get(backbone.stages().size() - 1);
    return backbone.addTo(builder, prefix, "image", SIZE, last, frozen);
  }

  private static INDArray[] images(int rows) {
    return new INDArray[] {FormulaWeights.images(rows, SIZE)};
  }

  private static CompiledTraining compiled(ComputationGraph graph) {
    return new CompiledTraining(BackboneStepTest.oneDnn(), graph, BATCH, 2, NO_CLIPPING);
  }

  @Test
  void takesTheMemoryThatWasTold() {
    ComputationGraph graph = graph();
    long parameters = Float.BYTES * graph.numParams();
    long told = TrainingStep.bytes(graph, SIZE, BATCH, 2);
    INDArray[] images = images(BATCH);
    long before = Pointer.totalBytes();
    try (CompiledTraining training = compiled(graph)) {
      training.fit(images, new int[] {0, 1, 0, 1, 0, 1});
      training.output(images);
      long taken = Pointer.totalBytes() - before;
      String both = "told " + told + ", taken " + taken + ", parameters " + parameters;
      assertTrue(told <= 1.1 * taken, both);
      assertTrue(taken <= told + 7 * parameters, both);
    }
  }

  @Test
  void stepsOfAdamLeadWhereDeeplearning4jsDo() {
    ComputationGraph expected = graph();
    ComputationGraph actual = expected.clone();
    INDArray before = expected.params().dup();
    try (TrainingStep byLayers = TrainingStep.byLayers(expected);
        TrainingStep compiled = compiled(actual)) {
      for (int rows : new int[] {BATCH, BATCH, 3}) {
        int[] labels = Heads.labels(rows, rows);
        double score = byLayers.fit(images(rows), labels);
        assertEquals(score, compiled.fit(images(rows), labels), 1e-3 * score);
      }
      double[][] probabilities = byLayers.output(images(4));
      double[][] compiledProbabilities = compiled.output(images(4));
      for (int row = 0; row < 4; row++) {
        assertArrayEquals(probabilities[row], compiledProbabilities[row], 0.01);
      }
    }
    assertEquals(3, actual.getIterationCount());
    double moved = before.distance2(expected.params());
    double apart = actual.params().distance2(expected.params());
    assertTrue(apart < 0.02 * moved, apart + " of " + moved);
    INDArray moments = expected.getUpdater().getStateViewArray();
    double far = moments.distance2(actual.getUpdater().getStateViewArray());
    assertTrue(
        far < 0.02 * moments.norm2Number().doubleValue(), far + " of " + moments.norm2Number());
  }

  /** Whose maps lie in another way than those of the one that learns. */
  @Test
  void aFrozenTransformerStandsBesideABackboneThatLearns() {
    ComputationGraph expected = graph("vit_s_16", "norm");
    ComputationGraph actual = expected.clone();
    try (TrainingStep byLayers = TrainingStep.byLayers(expected);
        TrainingStep compiled = compiled(actual)) {
      for (int rows : new int[] {BATCH, 3}) {
        int[] labels = Heads.labels(rows, rows);
        double score = byLayers.fit(images(rows), labels);
        assertEquals(score, compiled.fit(images(rows), labels), 1e-3 * score);
      }
      double[][] probabilities = byLayers.output(images(4));
      double[][] compiledProbabilities = compiled.output(images(4));
      for (int row = 0; row < 4; row++) {
        assertArrayEquals(probabilities[row], compiledProbabilities[row], 0.01);
      }
    }
  }

  @Test
  void frozenLayersKeepEveryBitAndOthersMove() {
    ComputationGraph graph = graph();
    ComputationGraph before = graph.clone();
    try (TrainingStep step = compiled(graph)) {
      step.fit(images(BATCH), Heads.labels(BATCH, 1));
    }
    for (Layer layer : graph.getLayers()) {
      String name = layer.conf().getLayer().getLayerName();
      for (String key : layer.paramTable().keySet()) {
        boolean same = layer.getParam(key).equals(before.getLayer(name).getParam(key));
        assertEquals(!LayerArrays.learns(graph, name), same, name + " " + key);
      }
    }
  }

  @Test
  void twoTrainingsGiveTheSameBits() {
    ComputationGraph one = graph();
    ComputationGraph other = one.clone();
    for (ComputationGraph graph : List.of(one, other)) {
      try (TrainingStep step = compiled(graph)) {
        for (int rows : new int[] {BATCH, 3, BATCH}) {
          step.fit(images(rows), Heads.labels(rows, rows));
          step.output(images(2)); // As between epochs.
        }
      }
    }
    assertSameBits(one.params(), other.params());
    assertSameBits(one.getUpdater().getStateViewArray(), other.getUpdater().getStateViewArray());
  }

  @Test
  void listenersSeeTheGradientsOfBackbones() {
    ComputationGraph graph = graph();
    double[] norm = new double[1];
    graph.setListeners(
        new BaseTrainingListener() {
          @Override
          public void onGradientCalculation(Model model) {
            INDArray seen = model.gradient().gradientForVariable().get("b/layer4.1.conv2_W");
            norm[0] = seen.norm2Number().doubleValue();
          }
        });
    try (TrainingStep step = compiled(graph)) {
      step.fit(images(BATCH), Heads.labels(BATCH, 1));
    }
    assertTrue(norm[0] > 0);
  }
}
