package io.pneuma.attention;

import io.pneuma.layers.SameDiffBase;
import java.util.Map;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.weights.WeightInitXavier;
import org.nd4j.linalg.api.ndarray.INDArray;

/** The base of every attention: features B x C in, reweighted features B x C out. */
public abstract class AttentionLayer extends SameDiffBase {
  private static final long serialVersionUID = 1;

  private int channels;

  /** For deserialisation. */
  protected AttentionLayer() {}

  AttentionLayer(int channels) {
    this.channels = channels;
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
    if (input.getType() != InputType.Type.FF || input.arrayElementsPerExample() != channels) {
      throw new IllegalArgumentException(
          getClass().getSimpleName()
              + " attends over "
              + channels
              + " features, but gets "
              + input);
    }
    return input;
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
