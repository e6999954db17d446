package io.pneuma.inference;

import static io.pneuma.inference.Graphs.convolution;
import static io.pneuma.inference.Graphs.norm;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.pneuma.backbone.FormulaWeights;
import io.pneuma.computation.GraphReader;
import io.pneuma.computation.Shape;
import io.pneuma.onednn.OneDnn;
import io.pneuma.platform.FeatureWorkers;
import java.util.Arrays;
import org.deeplearning4j.nn.conf.graph.ElementWiseVertex;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Maps of every size modulo four, with and without padding, sum and ReLU. */
class WinogradTest {
  private static final int IMAGES = 5;

  @ParameterizedTest
  @ValueSource(ints = {5, 6, 7, 8, 13, 30})
  void agreesWithTheGraphImageByImage(int size) {
    assumeTrue(OneDnn.find().isPresent(), "oneDNN does not run on this machine");
    OneDnn oneDnn = OneDnn.find().get();
    assumeTrue(!oneDnn.hasAvx512(), "with AVX-512 oneDNN has the algorithm itself");
    ComputationGraph graph =
        Graphs.of(
            size,
            builder -> {
              builder
                  .addLayer("stem", convolution(32, 3, 1), "image")
                  .addLayer("first", convolution(40, 3, 1), "stem")
                  .addLayer("norm", norm(), "first")
                  .addLayer("relu", new ActivationLayer(Activation.RELU), "norm")
                  .addLayer("second", convolution(40, 3, 1), "relu")
                  .addVertex(
                      "sum", new ElementWiseVertex(ElementWiseVertex.Op.Add), "second", "relu")
                  .addLayer("rectified", new ActivationLayer(Activation.RELU), "sum")
                  .addLayer(
                      "unpadded", new ConvolutionLayer.Builder(3, 3).nOut(48).build(), "rectified");
              return "unpadded";
            });
    INDArray images = FormulaWeights.images(IMAGES, size);
    float[] together = features(oneDnn, graph, size, images, IMAGES);
    Graphs.assertAgrees(graph, images, together);
    float[] alone = features(oneDnn, graph, size, images, 1);
    assertArrayEquals(together, alone, "other bits one by one");
  }

  private static float[] features(
      OneDnn oneDnn, ComputationGraph graph, int size, INDArray images, int batch) {
    FeatureWorkers workers = new FeatureWorkers(1);
    try (CompiledNetwork network =
        new CompiledNetwork(
            oneDnn, GraphReader.read(graph, new Shape(3, size, size)), batch, batch, workers)) {
      long here =
          network.program().calls().map(Call::implementation).filter("wino:java"::equals).count();
      assertEquals(3, here);
      float[] features = network.features(images);
      workers.close();
      return Arrays.copyOf(features, features.length);
    }
  }
}
