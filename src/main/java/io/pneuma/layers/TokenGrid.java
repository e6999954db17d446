package io.pneuma.layers;

import java.util.Map;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.inputs.InputType.InputTypeConvolutional;
import org.nd4j.autodiff.samediff.SDIndex;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;

/**
 * The patches' tokens where their patches were, without the class token: B x C x (1 + side^2) x 1
 * to B x C x side x side.
 */
public final class TokenGrid extends MapLayer {
  private static final long serialVersionUID = 1;

  @Override
  InputType output(InputTypeConvolutional maps) {
    long side = side((int) maps.getHeight());
    return InputType.convolutional(side, side, maps.getChannels(), maps.getFormat());
  }

  /** Patches at each side, of so many tokens. */
  public static int side(int tokens) {
    return (int) Math.round(Math.sqrt(tokens - 1.0));
  }

  @Override
  public SDVariable defineLayer(
      SameDiff sd, SDVariable maps, Map<String, SDVariable> params, SDVariable mask) {
    int tokens = getHeight();
    SDVariable patches =
        maps.reshape(-1, getChannels(), tokens)
            .get(SDIndex.all(), SDIndex.all(), SDIndex.interval(1, tokens));
    return patches.reshape(-1, getChannels(), side(tokens), side(tokens));
  }
}
