package io.pneuma.attention;

import java.util.Map;
import org.deeplearning4j.nn.conf.layers.samediff.SDLayerParams;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;

/**
 * Squeeze-and-excitation: each channel is scaled by a weight that all channels decide through a
 * bottleneck.
 *
 * <p>Hu et al., "Squeeze-and-Excitation Networks" (2018); Cha et al. (2021), section 2.4, equations
 * 1 to 3, where z is the mean of u over all positions; on a vector z = u:
 *
 * <pre>
 * s = sigmoid(W2 relu(W1 z))      x = s * u
 * </pre>
 *
 * <p>B batch, C channels, R reduction. Input and output B x C; W1 C x C/R, W2 C/R x C. Not for few
 * channels: below R x 4 or so the bottleneck holds too little to tell them apart.
 */
public final class SqueezeExcitation extends AttentionLayer {
  private static final long serialVersionUID = 1;

  private int reduction;

  /** For deserialisation. */
  public SqueezeExcitation() {}

  /**
   * Attends over the channels.
   *
   * @param channels C
   * @param positions P; 1 for vectors
   * @param reduction R; the bottleneck has C/R channels, at least one
   */
  public SqueezeExcitation(int channels, int positions, int reduction) {
    super(channels, positions);
    this.reduction = reduction;
  }

  /** R, by which the bottleneck is narrower than the features. */
  public int getReduction() {
    return reduction;
  }

  /** For deserialisation. */
  public void setReduction(int reduction) {
    this.reduction = reduction;
  }

  @Override
  public void defineParameters(SDLayerParams params) {
    int squeezedChannels = Math.max(1, getChannels() / reduction);
    params.addWeightParam("W1", getChannels(), squeezedChannels);
    params.addWeightParam("W2", squeezedChannels, getChannels());
  }

  @Override
  public SDVariable defineLayer(
      SameDiff sd, SDVariable features, Map<String, SDVariable> params, SDVariable mask) {
    SDVariable squeezed = sd.nn.relu(mean(features).mmul(params.get("W1")), 0); // B x C/R
    SDVariable scale = sd.nn.sigmoid(squeezed.mmul(params.get("W2"))); // B x C
    return scaled(features, scale);
  }
}
