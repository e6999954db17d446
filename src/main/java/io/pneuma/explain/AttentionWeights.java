package io.pneuma.explain;

import io.pneuma.attention.AttentionLayer;
import io.pneuma.attention.SelfAttention;
import io.pneuma.network.FusionNetwork;
import java.util.Map;
import java.util.Optional;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * How much weight an attention gives each backbone, read from the attention's own definition: of SE
 * and ECA the mean factor of the backbone's channels, of self-attention over the backbones what
 * each is given by all, mean over heads and queries.
 */
final class AttentionWeights {
  private final AttentionDefinition definition;
  private final String weights; // The variable that holds them.
  private final int[] widths;
  private final boolean channels;

  private AttentionWeights(Layer layer, int[] widths) {
    AttentionLayer kind = (AttentionLayer) layer.conf().getLayer();
    this.widths = new int[widths.length];
    for (int i = 0; i < widths.length; i++) {
      this.widths[i] = widths[i] / kind.getPositions();
    }
    this.channels = !(kind instanceof SelfAttention);
    this.definition = AttentionDefinition.of(layer);
    this.weights = definition.last(channels ? "sigmoid" : "softmax");
  }

  /**
   * Of a network's attention; empty where there is none, or it tells positions apart and not
   * backbones.
   *
   * @param widths how many of the fused features are of each backbone
   */
  static Optional<AttentionWeights> of(ComputationGraph network, int[] widths) {
    Optional<Layer> layer = FusionNetwork.attention(network);
    if (layer.isEmpty() || !(layer.get().conf().getLayer() instanceof AttentionLayer kind)) {
      return Optional.empty();
    }
    boolean overPositions = kind instanceof SelfAttention && kind.getPositions() > 1;
    return overPositions
        ? Optional.empty()
        : Optional.of(new AttentionWeights(layer.get(), widths));
  }

  /** The weight of each backbone. */
  double[] of(float[] fused) {
    INDArray input = Nd4j.createFromArray(new float[][] {fused});
    INDArray found =
        definition.graph().outputSingle(Map.of(AttentionDefinition.INPUT, input), weights);
    double[] each = new double[widths.length];
    if (!channels) { // 1 x heads x queries x backbones
      INDArray mean = found.mean(0, 1, 2);
      for (int i = 0; i < each.length; i++) {
        each[i] = mean.getDouble(i);
      }
      return each;
    }
    float[] factors = found.dup('c').data().asFloat();
    int at = 0;
    for (int i = 0; i < each.length; i++) {
      for (int k = 0; k < widths[i]; k++) {
        each[i] += factors[at++] / widths[i];
      }
    }
    return each;
  }
}
