package io.pneuma.layers;

import java.util.Map;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.inputs.InputType.InputTypeConvolutional;
import org.nd4j.autodiff.samediff.SDIndex;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;

/** The first token alone: B x C x T x 1 to B x C x 1 x 1. */
public final class FirstToken extends MapLayer {
  private static final long serialVersionUID = 1;

  @Override
  InputType output(InputTypeConvolutional maps) {
    return InputType.convolutional(1, 1, maps.getChannels(), maps.getFormat());
  }

  @Override
  public SDVariable defineLayer(
      SameDiff sd, SDVariable maps, Map<String, SDVariable> params, SDVariable mask) {
    SDVariable tokens = maps.reshape(-1, getChannels(), getHeight());
    return tokens
        .get(SDIndex.all(), SDIndex.all(), SDIndex.interval(0, 1))
        .reshape(-1, getChannels(), 1, 1);
  }
}
