package io.pneuma.backprop;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pneuma.attention.Attentions;
import io.pneuma.backbone.Backbone;
import io.pneuma.backbone.Backbones;
import io.pneuma.backbone.FormulaWeights;
import io.pneuma.config.Recipe.AttentionSpec;
import java.util.List;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration.GraphBuilder;
import org.deeplearning4j.nn.conf.graph.MergeVertex;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Whole graphs, backbones and head, against Deeplearning4j's own layers. */
class WholeGraphTest {
  private static final int SIZE = 64;
  private static final int BATCH = 6;

  /** Two backbones, the second of them frozen up to a stage. */
  private static ComputationGraph graph() {
    GraphBuilder builder = Heads.builder().addInputs("image");
    String first = add(builder, "squeezenet1_1", "a/", "");
    String second = add(builder, "resnet18", "b/", "layer3");
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
            Attentions.create(new AttentionSpec("se", 5, 4), 2, 32).orElseThrow(),
            "fused");
    Heads.finish(builder, "attention");
    builder.setInputTypes(InputType.convolutional(SIZE, SIZE, 3));
    ComputationGraph graph = new ComputationGraph(builder.build());
    graph.init();
    Backbones.named("squeezenet1_1").initialiseColours(graph, "a/");
    Backbones.named("resnet18").initialiseColours(graph, "b/");
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
    return new CompiledTraining(BackboneStepTest.oneDnn(), graph, BATCH, 2);
  }

  @Test
  void stepsOfAdamLeadWhereDeeplearning4jsDo() {
    ComputationGraph expected = graph();
    ComputationGraph actual = expected.clone();
    INDArray before = expected.params().dup();
    try (TrainingStep byLayers = TrainingStep.byLayers(expected);
        TrainingStep compiled = compiled(actual)) {
      for (int rows : List.of(BATCH, BATCH, 3, BATCH)) {
        int[] labels = Heads.labels(rows, rows);
        double score = byLayers.fit(images(rows), labels);
        double s2 = compiled.fit(images(rows), labels);
        System.out.println(score + " " + s2);
      }
      double[][] probabilities = byLayers.output(images(4));
      double[][] compiledProbabilities = compiled.output(images(4));
      for (int row = 0; row < 4; row++) {
        System.out.println(java.util.Arrays.toString(probabilities[row]) + java.util.Arrays.toString(compiledProbabilities[row]));
      }
    }
    System.out.println("moved " + before.distance2(expected.params()) + " apart " + actual.params().distance2(expected.params()));
    for (Layer layer : actual.getLayers()) {
      String name = layer.conf().getLayer().getLayerName();
      layer.paramTable().forEach((key, value) -> {
        INDArray other = expected.getLayer(name).getParam(key);
        System.out.println(name + " " + key + " " + other.distance2(value) + " of " + other.norm2Number());
      });
    }
  }
}
