package io.pneuma.bench;

import io.pneuma.bench.Recipes.WeightsIn;
import io.pneuma.inference.Featuriser;
import io.pneuma.network.BackboneUnit;
import io.pneuma.network.FusionNetwork;
import io.pneuma.onednn.OneDnn;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.FloatPointer;
import org.deeplearning4j.nn.conf.graph.LayerVertex;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** What this machine can multiply, and how much of that the features reach. */
final class Peak {
  private static final int SIDE = 2048;
  private static final double GIGA = 1e9;

  private Peak() {}

  static void print(Path models, Path folder) throws IOException {
    INDArray images = PneumaFeatures.images(FeatureTask.IMAGES);
    System.out.printf(
        "%-12s %12s %10s %10s %14s%n",
        "features", "GFLOP/image", "images/s", "GFLOP/s", "of sgemm");
    double allWork = 0;
    double allSeconds = 0;
    double allShare = 0;
    for (String name : Recipes.TRIO) {
      double work = work(name);
      try (Featuriser featuriser = PneumaFeatures.featurisers(name, models).get(0)) {
        // Before and after, since the machine may have become slower meanwhile.
        double before = sgemm();
        double seconds = Stopwatch.seconds(() -> featuriser.features(images)) / FeatureTask.IMAGES;
        double peak = (before + sgemm()) / 2;
        line(name, work, seconds, peak);
        allWork += work;
        allSeconds += seconds;
        allShare += work / peak;
      }
    }
    line("trio", allWork, allSeconds, allWork / allShare);
  }

  private static void line(String name, double work, double seconds, double peak) {
    System.out.printf(
        "%-12s %12.2f %10.2f %10.0f %7.0f %% of %.0f%n",
        name, work, 1 / seconds, work / seconds, 100 * work / seconds / peak, peak);
  }

  /** GFLOP an image, counted from the convolutions: two for each multiplication. */
  private static double work(String name) throws IOException {
    FusionNetwork network =
        new FusionNetwork(
            Recipes.frozen(List.of(name), WeightsIn.random(), "none"), new double[] {1, 1});
    BackboneUnit unit = network.backbones().get(0);
    ComputationGraph graph = unit.create();
    int size = FeatureTask.SIZE;
    Map<String, InputType> shapes =
        graph
            .getConfiguration()
            .getLayerActivationTypes(true, InputType.convolutional(size, size, 3));
    double work = 0;
    for (var vertex : graph.getConfiguration().getVertices().entrySet()) {
      if (vertex.getValue() instanceof LayerVertex layer
          && layer.getLayerConf().getLayer() instanceof ConvolutionLayer
          && shapes.get(vertex.getKey()) instanceof InputType.InputTypeConvolutional shape) {
        INDArray weights = graph.getLayer(vertex.getKey()).getParam("W");
        work += 2.0 * weights.length() * shape.getHeight() * shape.getWidth();
      }
    }
    return work / GIGA;
  }

  /** GFLOP/s of a large product of matrices, by the faster of ND4J's library and oneDNN. */
  private static double sgemm() {
    double work = 2.0 * SIDE * SIDE * SIDE / GIGA;
    INDArray a = Nd4j.rand(SIDE, SIDE);
    INDArray b = Nd4j.rand(SIDE, SIDE);
    INDArray c = Nd4j.create(SIDE, SIDE);
    double nd4j = Stopwatch.seconds(() -> a.mmuli(b, c));
    FloatPointer left = new FloatPointer(a.data().addressPointer());
    FloatPointer right = new FloatPointer(b.data().addressPointer());
    FloatPointer product = new FloatPointer(c.data().addressPointer());
    double oneDnn =
        Stopwatch.seconds(
            () ->
                OneDnn.multiply(
                    SIDE, SIDE, SIDE, left, false, SIDE, right, false, SIDE, product, SIDE, 0));
    return work / Math.min(nd4j, oneDnn);
  }
}
