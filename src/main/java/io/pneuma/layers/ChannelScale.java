package io.pneuma.layers;

import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.conf.layers.samediff.SDLayerParams;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.learning.regularization.Regularization;

/**
 * A factor W for each channel: LayerScale of Touvron et al., "Going deeper with Image Transformers"
 * (2021), equation 4. B x C x H x W in and out.
 */
public final class ChannelScale extends MapLayer {
  private static final long serialVersionUID = 1;

  @Override
  public void defineParameters(SDLayerParams params) {
    params.addWeightParam("W", 1, getChannels(), 1, 1);
  }

  @Override
  public void initializeParameters(Map<String, INDArray> params) {
    fill(params, Map.of("W", 1.0));
  }

  /** A factor for each channel is not made smaller by weight decay. */
  @Override
  public List<Regularization> getRegularizationByParam(String name) {
    return List.of();
  }

  @Override
  public SDVariable defineLayer(
      SameDiff sd, SDVariable maps, Map<String, SDVariable> params, SDVariable mask) {
    return maps.mul(params.get("W"));
  }
}
