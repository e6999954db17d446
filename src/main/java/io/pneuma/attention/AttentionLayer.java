package io.pneuma.attention;

import io.pneuma.layers.SameDiffBase;
import java.util.Map;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.weights.WeightInitXavier;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The base of every attention: features in, reweighted features B x C out. In come vectors, B x C,
 * or feature maps of P positions, B x (C P) with the channels in order; then what comes out is the
 * mean of the reweighted maps over all positions.
 */
public abstract class AttentionLayer extends SameDiffBase {
  private static final long serialVersionUID = 1;

  private int channels;
  private int positions = 1;

  /** For deserialisation. */
  protected AttentionLayer() {}

  AttentionLayer(int channels, int positions) {
    this.channels = channels;
    this.positions = positions;
  }

  /** P, the positions of the maps; 1 for vectors. */
  public int getPositions() {
    return positions;
  }

  /** For deserialisation. */
  public void setPositions(int positions) {
    this.positions = positions;
  }

  /** C P, the numbers of an example that come in. */
  public final int inputs() {
    return channels * positions;
  }

  /** The mean over all positions, B x C, of maps B x C x P; vectors as they are. */
  final SDVariable mean(SDVariable features) {
    return positions == 1 ? features : maps(features).mean(2);
  }

  /** B x C x P. */
  final SDVariable maps(SDVariable features) {
    return features.reshape(-1, channels, positions);
  }

  /** The mean over all positions of maps whose channels are scaled by B x C numbers. */
  final SDVariable scaled(SDVariable features, SDVariable scale) {
    return positions == 1
        ? features.mul(scale)
        : maps(features).mul(scale.reshape(-1, channels, 1)).mean(2);
  }

  /** C, the number of fused features. */
  public int getChannels() {
    return channels;
  }

  /** For deserialisation. */
  public void setChannels(int channels) {
    this.channels = channels;
  }

  @Override
  public final InputType getOutputType(int layerIndex, InputType input) {
    if (input.getType() != InputType.Type.FF || input.arrayElementsPerExample() != inputs()) {
      throw new IllegalArgumentException(
          getClass().getSimpleName() + " attends over " + inputs() + " numbers, but gets " + input);
    }
    return InputType.feedForward(channels);
  }

  /** Xavier (Glorot) for every weight matrix, in the order that the layer declares them. */
  @Override
  public void initializeParameters(Map<String, INDArray> params) {
    params.forEach(
        (name, weight) ->
            new WeightInitXavier()
                .init(
                    (double) weight.size(0), (double) weight.size(1), weight.shape(), 'c', weight));
  }
}
