package io.pneuma.explain;

import io.pneuma.backprop.FeatureMaps;
import io.pneuma.computation.UnsupportedLayerException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.ToIntFunction;
import java.util.stream.IntStream;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Explains what one network says, with the parameters that its graph has when this is made. */
final class Explainer implements AutoCloseable {
  private final FeatureMaps maps;
  private final Optional<AttentionWeights> attention;
  private final Optional<AttendedPlaces> positions;

  /**
   * Of one image.
   *
   * @param which the class that is explained
   * @param byBackbone in the recipe's order, each of its own size
   * @param fused their sum, as large as the largest
   * @param features what the backbones' features are concatenated to
   */
  @SuppressWarnings("ArrayRecordComponent") // A carrier, never compared.
  record Explanation(
      double[] probabilities,
      int which,
      List<Heatmap> byBackbone,
      Heatmap fused,
      float[] features) {}

  /**
   * Compiles a network.
   *
   * @param batch images at a time, at most
   * @throws io.pneuma.computation.UnsupportedLayerException when it has no maps to explain by
   */
  Explainer(ComputationGraph graph, int imageSize, int batch) {
    this.maps = new FeatureMaps(graph, imageSize, batch);
    this.attention = AttentionWeights.of(graph, maps.fusedWidths());
    this.positions = AttendedPlaces.of(graph);
  }

  /** What is said of images B x 3 x H x W, the class to be explained following from it. */
  List<Explanation> explain(INDArray images, ToIntFunction<double[]> which, Method method) {
    List<Explanation> all = new ArrayList<>();
    for (FeatureMaps.Said said : maps.of(images, which)) {
      INDArray image = images.slice(all.size());
      List<Heatmap> byBackbone = new ArrayList<>();
      for (int i = 0; i < said.maps().size(); i++) {
        byBackbone.add(map(i, image, said, method));
      }
      all.add(
          new Explanation(
              said.probabilities(), said.which(), byBackbone, sum(byBackbone), said.fused()));
    }
    return all;
  }

  /** The weight that the attention gives each backbone; empty where none is told from another. */
  double[] attention(Explanation explained) {
    return attention.map(kind -> kind.of(explained.features())).orElse(new double[0]);
  }

  /** Whether a method rolls out transformers, which takes about as long as a training step. */
  boolean rollsOut(Method method) {
    return IntStream.range(0, maps.vertices().size())
        .anyMatch(i -> maps.isToken(i) || (method == Method.ROLLOUT && maps.attends(i)));
  }

  /** Of a class token, which tells no place itself, the rollout by any method. */
  private Heatmap map(int backbone, INDArray image, FeatureMaps.Said said, Method method) {
    Heatmap plain = method.of(said.maps().get(backbone));
    boolean single = plain.values().length == 1;
    if (!single && method != Method.ROLLOUT) {
      return plain;
    }
    if (positions.isPresent()) {
      return positions.get().of(said.fused(), said.fusedSlopes()).withMean(Math.abs(plain.mean()));
    }
    if (!maps.attends(backbone)) {
      throw new UnsupportedLayerException(
          maps.vertices().get(backbone),
          single ? "a single place, and no feature maps" : "without attention to be rolled out");
    }
    float[] passed = maps.rollout(backbone, image.dup('c').data().asFloat(), said);
    int side = (int) Math.round(Math.sqrt(passed.length));
    return new Heatmap(side, side, passed).withMean(Math.abs(plain.mean()));
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
