package io.pneuma.layers;

import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.inputs.InputType.InputTypeConvolutional;
import org.deeplearning4j.nn.conf.layers.samediff.SDLayerParams;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.regularization.Regularization;

/**
 * Patches in a row behind a class token, each with its position added: Dosovitskiy et al., "An
 * Image is Worth 16x16 Words" (2021), equation 1. B x C x H x W in, B x C x (1 + H W) x 1 out; the
 * token 1 x 1 x C, the positions 1 x (1 + H W) x C, as published.
 */
public final class ClassToken extends MapLayer {
  private static final long serialVersionUID = 1;

  /** The standard deviation of random tokens and positions in the paper's code. */
  private static final double DEVIATION = 0.02;

  /** 1 + H W. */
  public int tokens() {
    return 1 + getHeight() * getWidth();
  }

  @Override
  InputType output(InputTypeConvolutional maps) {
    return InputType.convolutional(
        1 + maps.getHeight() * maps.getWidth(), 1, maps.getChannels(), maps.getFormat());
  }

  @Override
  public void defineParameters(SDLayerParams params) {
    params.addWeightParam("token", 1, 1, getChannels());
    params.addWeightParam("positions", 1, tokens(), getChannels());
  }

  @Override
  public void initializeParameters(Map<String, INDArray> params) {
    params
        .values()
        .forEach(array -> array.assign(Nd4j.randn(array.dataType(), array.shape()).mul(DEVIATION)));
  }

  /** Tokens and positions are not made smaller by weight decay. */
  @Override
  public List<Regularization> getRegularizationByParam(String name) {
    return List.of();
  }

  @Override
  public SDVariable defineLayer(
      SameDiff sd, SDVariable maps, Map<String, SDVariable> params, SDVariable mask) {
    SDVariable patches = maps.reshape(-1, getChannels(), tokens() - 1, 1);
    SDVariable token = params.get("token").permute(0, 2, 1).reshape(1, getChannels(), 1, 1);
    SDVariable first = patches.mean(true, 2).mul(0).add(token); // Once for each image.
    SDVariable positions = params.get("positions").permute(0, 2, 1);
    return sd.concat(2, first, patches)
        .add(positions.reshape(1, getChannels(), tokens(), 1)); // B x C x (1 + H W) x 1
  }
}
