package io.pneuma.layers;

import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.conf.layers.samediff.SDLayerParams;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.learning.regularization.Regularization;

/**
 * Layer normalisation over the channels of each pixel or token: Ba et al., "Layer Normalization"
 * (2016), equation 4. B x C x H x W in and out; a gain W and a bias b for each channel.
 */
public final class ChannelNorm extends MapLayer {
  private static final long serialVersionUID = 1;

  private double epsilon;

  /** For deserialisation. */
  public ChannelNorm() {}

  /**
   * Normalises.
   *
   * @param epsilon added to the variance
   */
  public ChannelNorm(double epsilon) {
    this.epsilon = epsilon;
  }

  /** What is added to the variance. */
  public double getEpsilon() {
    return epsilon;
  }

  /** For deserialisation. */
  public void setEpsilon(double epsilon) {
    this.epsilon = epsilon;
  }

  @Override
  public void defineParameters(SDLayerParams params) {
    params.addWeightParam("W", 1, getChannels(), 1, 1);
    params.addBiasParam("b", 1, getChannels(), 1, 1);
  }

  @Override
  public void initializeParameters(Map<String, INDArray> params) {
    fill(params, Map.of("W", 1.0));
  }

  /** Like every normalisation's, its gain is not made smaller by weight decay. */
  @Override
  public List<Regularization> getRegularizationByParam(String name) {
    return List.of();
  }

  @Override
  public SDVariable defineLayer(
      SameDiff sd, SDVariable maps, Map<String, SDVariable> params, SDVariable mask) {
    SDVariable centred = maps.sub(maps.mean(true, 1));
    SDVariable variance = sd.math.square(centred).mean(true, 1);
    SDVariable normal = centred.div(sd.math.sqrt(variance.add(epsilon)));
    return normal.mul(params.get("W")).add(params.get("b"));
  }
}
