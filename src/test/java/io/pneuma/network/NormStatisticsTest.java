package io.pneuma.network;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration.GraphBuilder;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.graph.ElementWiseVertex;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

class NormStatisticsTest {
  private static BatchNormalization norm() {
    return new BatchNormalization.Builder().eps(1e-5).useLogStd(false).build();
  }

  /** Two normalisations with a branch around the ReLU between them, and a frozen one. */
  private static ComputationGraph network() {
    GraphBuilder graph = new NeuralNetConfiguration.Builder().seed(1).graphBuilder();
    graph.addInputs("image");
    graph.addLayer("first", norm(), "image");
    graph.addLayer("relu", new ActivationLayer(Activation.RELU), "first");
    graph.addVertex("sum", new ElementWiseVertex(ElementWiseVertex.Op.Subtract), "first", "relu");
    graph.addLayer("second", norm(), "sum");
    graph.addLayer("frozen", new FrozenLayer(norm()), "second");
    graph.addLayer("pool", new GlobalPoolingLayer(), "frozen");
    graph.addLayer(
        "output", new OutputLayer.Builder().nOut(2).activation(Activation.SOFTMAX).build(), "pool");
    graph.setOutputs("output");
    graph.setInputTypes(InputType.convolutional(2, 2, 3));
    ComputationGraph network = new ComputationGraph(graph.build());
    network.init();
    return network;
  }

  private static float[] of(ComputationGraph network, String layer, String parameter) {
    return network.getLayer(layer).getParam(parameter).dup().data().asFloat();
  }

  @Test
  void storedAndNewStatisticsAreMixedByTheirImages() {
    ComputationGraph network = network();
    List<String> layers = NormStatistics.norms(network, false);
    assertEquals(List.of("first", "second"), layers);
    assertEquals(List.of("frozen"), NormStatistics.norms(network, true));
    // As many images as the stored statistics count for; half of them 2 everywhere, half 6.
    int images = NormStatistics.STORED_IMAGES;
    NormStatistics statistics = new NormStatistics(network, layers, images);
    for (int batch = 0; batch < 2; batch++) {
      INDArray pixels = Nd4j.valueArrayOf(new int[] {images / 2, 3, 2, 2}, 2f);
      pixels.get(NDArrayIndex.interval(0, images / 4)).assign(6);
      statistics.add(pixels);
      assertEquals(2, pixels.getDouble(images / 2 - 1, 0, 0, 0)); // It stays as it is.
    }
    // New mean 4 and variance 4, stored 0 and 1.
    assertArrayEquals(new float[] {2, 2, 2}, of(network, "first", "mean"), 1e-5F);
    assertArrayEquals(new float[] {2.5F, 2.5F, 2.5F}, of(network, "first", "var"), 1e-5F);
    // Behind it 0 or 4 / sqrt(2.5), which the ReLU lets through whole: their difference is 0.
    assertArrayEquals(new float[] {0, 0, 0}, of(network, "second", "mean"), 1e-5F);
    assertArrayEquals(new float[] {0.5F, 0.5F, 0.5F}, of(network, "second", "var"), 1e-5F);
    assertArrayEquals(new float[] {0, 0, 0}, of(network, "frozen", "mean"), 0);
    assertArrayEquals(new float[] {1, 1, 1}, of(network, "frozen", "var"), 0);
  }
}
