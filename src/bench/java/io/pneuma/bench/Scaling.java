package io.pneuma.bench;

import io.pneuma.bench.Recipes.WeightsIn;
import io.pneuma.inference.Featuriser;
import io.pneuma.network.FusionNetwork;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** What an image costs as batch, size and number of images grow; it must stay what it is. */
final class Scaling {
  private static final String NETWORK = "resnet18";
  private static final int[] BATCHES = {1, 2, 4, 8, 16, 32, 64};
  private static final int[] SIZES = {112, 160, 224, 320, 448};
  private static final int[] COUNTS = {64, 256, 1024};

  private Scaling() {}

  static void print(Path models, Path folder) throws IOException {
    FusionNetwork network =
        new FusionNetwork(
            Recipes.frozen(List.of(NETWORK), WeightsIn.folder(models), "none"),
            new double[] {1, 1});
    ComputationGraph graph = network.backbones().get(0).create();
    header("batch");
    for (int batch : BATCHES) {
      line(graph, batch, batch, FeatureTask.SIZE, batch);
    }
    header("pixels a side");
    for (int size : SIZES) {
      line(graph, size, FeatureTask.IMAGES, size, FeatureTask.IMAGES);
    }
    header("images");
    for (int count : COUNTS) {
      line(graph, count, FeatureTask.IMAGES, FeatureTask.SIZE, count);
    }
  }

  private static void header(String name) {
    System.out.printf("%n%s: %-14s %10s %18s%n", NETWORK, name, "images/s", "ns/pixel");
  }

  private static void line(ComputationGraph graph, int shown, int batch, int size, int count) {
    INDArray images = Nd4j.rand(batch, 3, size, size);
    try (Featuriser featuriser = Featuriser.of(graph, size, size, batch, PneumaFeatures.WORKERS)) {
      int rounds = count / batch;
      double seconds =
          Stopwatch.seconds(
                  () -> {
                    for (int i = 0; i < rounds; i++) {
                      featuriser.features(images);
                    }
                  })
              / count;
      double nanoseconds = 1e9 * seconds / ((double) size * size);
      System.out.printf("%-24d %10.1f %18.0f%n", shown, 1 / seconds, nanoseconds);
    }
  }
}
