package io.pneuma.explain;

import io.pneuma.backprop.FeatureMaps;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.ToIntFunction;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Explains what one network says, with the parameters that its graph has when this is made. */
final class Explainer implements AutoCloseable {
  private final FeatureMaps maps;
  private final Optional<AttentionWeights> attention;

  /**
   * Of one image.
   *
   * @param which the class that is explained
   * @param byBackbone in the recipe's order, each of its own size
   * @param fused their sum, as large as the largest
   * @param attention the weight of each backbone; empty where none is told from another
   */
  @SuppressWarnings("ArrayRecordComponent") // A carrier, never compared.
  record Explanation(
      double[] probabilities,
      int which,
      List<Heatmap> byBackbone,
      Heatmap fused,
      double[] attention) {}

  /**
   * Compiles a network.
   *
   * @param batch images at a time, at most
   * @throws io.pneuma.computation.UnsupportedLayerException when it has no maps to explain by
   */
  Explainer(ComputationGraph graph, int imageSize, int batch) {
    this.maps = new FeatureMaps(graph, imageSize, batch);
    this.attention = AttentionWeights.of(graph, maps.fusedWidths());
  }

  /** What is said of images B x 3 x H x W, the class to be explained following from it. */
  List<Explanation> explain(INDArray images, ToIntFunction<double[]> which, Method method) {
    List<Explanation> all = new ArrayList<>();
    for (FeatureMaps.Said said : maps.of(images, which)) {
      List<Heatmap> byBackbone = said.maps().stream().map(method::of).toList();
      double[] weights = attention.map(kind -> kind.of(said.fused())).orElse(new double[0]);
      all.add(
          new Explanation(
              said.probabilities(), said.which(), byBackbone, sum(byBackbone), weights));
    }
    return all;
  }

  /** At the size of the largest. */
  static Heatmap sum(List<Heatmap> each) {
    int height = each.stream().mapToInt(Heatmap::height).max().orElseThrow();
    int width = each.stream().mapToInt(Heatmap::width).max().orElseThrow();
    Heatmap sum = Heatmap.none(height, width);
    for (Heatmap one : each) {
      sum = sum.plus(one.resized(height, width), 1);
    }
    return sum;
  }

  @Override
  public void close() {
    maps.close();
  }
}
