package io.pneuma.backprop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pneuma.attention.Attentions;
import io.pneuma.config.Recipe.AttentionSpec;
import io.pneuma.layers.FeatureDropout;
import io.pneuma.onednn.OneDnn;
import java.util.List;
import java.util.Random;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration.GraphBuilder;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.graph.LayerVertex;
import org.deeplearning4j.nn.conf.graph.MergeVertex;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.BaseLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.samediff.AbstractSameDiffLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.regularization.Regularization;
import org.nd4j.linalg.learning.regularization.WeightDecay;
import org.nd4j.linalg.lossfunctions.impl.LossMCXENT;

/** The compiled steps regularise as Deeplearning4j's layers do. */
class RegularizationTest {
  private static final int ROWS = 6;
  private static final int STEPS = 5;

  private static ComputationGraph head(String attention, double decay, double dropout) {
    GraphBuilder graph =
        new NeuralNetConfiguration.Builder()
            .seed(3)
            .updater(new Adam(1e-2))
            .graphBuilder()
            .addInputs("a/features", "b/features");
    for (String name : new String[] {"a", "b"}) {
      DenseLayer.Builder embedding = new DenseLayer.Builder().nOut(24);
      graph.addLayer(
          "embedding/" + name,
          embedding.activation(Activation.IDENTITY).build(),
          name + "/features");
    }
    graph.addVertex("fused", new MergeVertex(), "embedding/a", "embedding/b");
    graph.addLayer(
        "attention",
        Attentions.create(new AttentionSpec(attention, 5, 4), new Attentions.Fused(2, 48, 1))
            .orElseThrow(),
        "fused");
    OutputLayer.Builder output =
        new OutputLayer.Builder(new LossMCXENT(Nd4j.create(new double[][] {{0.5, 1.5, 1}})))
            .nOut(Heads.CLASSES)
            .activation(Activation.SOFTMAX);
    if (dropout > 0) {
      output.dropOut(new FeatureDropout(dropout, 5));
    }
    graph.addLayer("output", output.build(), "attention").setOutputs("output");
    graph.setInputTypes(InputType.feedForward(20), InputType.feedForward(30));
    ComputationGraphConfiguration configuration = graph.build();
    if (decay > 0) {
      List<Regularization> kinds = List.of(new WeightDecay(decay, true));
      for (String name : new String[] {"embedding/a", "embedding/b", "output"}) {
        LayerVertex layer = (LayerVertex) configuration.getVertices().get(name);
        ((BaseLayer) layer.getLayerConf().getLayer()).setRegularization(kinds);
      }
      LayerVertex layer = (LayerVertex) configuration.getVertices().get("attention");
      ((AbstractSameDiffLayer) layer.getLayerConf().getLayer()).setRegularization(kinds);
    }
    ComputationGraph head = new ComputationGraph(configuration);
    head.init();
    INDArray all = head.params(); // Biases start at zero, where no decay could be seen.
    all.addi(Nd4j.rand(all.shape()).muli(0.2).subi(0.1));
    return head;
  }

  private static float[][] softTargets(Random random) {
    float[][] targets = new float[ROWS][Heads.CLASSES];
    for (float[] row : targets) {
      float sum = 0;
      for (int k = 0; k < row.length; k++) {
        row[k] = random.nextFloat();
        sum += row[k];
      }
      for (int k = 0; k < row.length; k++) {
        row[k] /= sum;
      }
    }
    return targets;
  }

  private static void assertTrainsAlike(
      ComputationGraph byLayers, ComputationGraph graph, double clipNorm) {
    Random random = new Random(7);
    try (TrainingStep layers = new GraphTraining(byLayers, clipNorm);
        TrainingStep compiled =
            new CompiledTraining(OneDnn.find().orElseThrow(), graph, ROWS, 2, clipNorm)) {
      for (int step = 0; step < STEPS; step++) {
        INDArray[] features = {Nd4j.randn(ROWS, 20), Nd4j.randn(ROWS, 30)};
        float[][] targets = softTargets(random);
        double expected = layers.fit(features, targets, false);
        assertEquals(expected, compiled.fit(features, targets, false), 1e-4 * expected);
      }
    }
    assertTrue(byLayers.params().sub(graph.params()).amaxNumber().doubleValue() < 1e-4);
  }

  @ParameterizedTest
  @ValueSource(strings = {"se", "eca", "self"})
  void weightDecayDropoutAndSoftLabelsAreDeeplearning4js(String attention) {
    ComputationGraph graph = head(attention, 0.3, 0.4);
    ComputationGraph plain = head(attention, 0, 0);
    plain.setParams(graph.params());
    ComputationGraph byLayers = graph.clone();
    assertTrainsAlike(byLayers, graph, TrainingStep.NO_CLIPPING);
    ComputationGraph plainByLayers = plain.clone();
    assertTrainsAlike(plainByLayers, plain, TrainingStep.NO_CLIPPING);
    assertTrue(graph.params().distance2(plain.params()) > 1e-2);
  }

  @Test
  void aLongGradientIsMadeShorter() {
    ComputationGraph graph = head("se", 0, 0);
    ComputationGraph byLayers = graph.clone();
    assertTrainsAlike(byLayers, graph, 1e-6); // So short that Adam's epsilon shows.
    ComputationGraph free = head("se", 0, 0);
    assertTrue(graph.params().distance2(free.params()) > 0);
  }

  @Test
  void theNormIsThatOfTheMeanGradient() {
    ComputationGraph graph = head("se", 0, 0);
    try (TrainingStep step = new GraphTraining(graph, TrainingStep.NO_CLIPPING)) {
      assertEquals(Heads.CLASSES, step.classes());
    }
    graph.initGradientsView();
    graph.getFlattenedGradients().assign(2);
    double expected = 2 * Math.sqrt((double) graph.numParams()) / ROWS;
    assertEquals(expected, new GradientNorm(graph).of(ROWS), 1e-6 * expected);
    assertEquals(0.5, GradientNorm.factor(4, 2));
    assertEquals(1, GradientNorm.factor(1, 2));
  }

  @Test
  void nothingIsLeftOutWhenItAnswers() {
    ComputationGraph graph = head("se", 0, 0.5);
    INDArray[] features = {Nd4j.randn(ROWS, 20), Nd4j.randn(ROWS, 30)};
    double[][] expected = graph.outputSingle(features).toDoubleMatrix();
    try (TrainingStep step =
        new CompiledTraining(
            OneDnn.find().orElseThrow(), graph, ROWS, 1, TrainingStep.NO_CLIPPING)) {
      step.fit(features, softTargets(new Random(1)), false);
      double[][] actual = step.output(features);
      double[][] learned = graph.outputSingle(features).toDoubleMatrix();
      for (int row = 0; row < ROWS; row++) {
        for (int k = 0; k < Heads.CLASSES; k++) {
          assertEquals(learned[row][k], actual[row][k], 1e-5);
        }
      }
      assertTrue(Math.abs(expected[0][0] - actual[0][0]) > 1e-7);
    }
  }
}
