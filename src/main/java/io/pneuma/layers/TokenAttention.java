package io.pneuma.layers;

import java.util.Map;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.inputs.InputType.InputTypeConvolutional;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;

/**
 * What multi-head self-attention does between its projections: Vaswani et al., "Attention Is All
 * You Need" (2017), equation 1. Of queries, keys and values, one behind the other in the channels,
 * B x 3C x T x 1, softmax(q' k / sqrt(C / heads)) v for each head, B x C x T x 1.
 */
public final class TokenAttention extends MapLayer {
  private static final long serialVersionUID = 1;

  private int heads;

  /** For deserialisation. */
  public TokenAttention() {}

  /** Attends with so many heads. */
  public TokenAttention(int heads) {
    this.heads = heads;
  }

  /** How many heads. */
  public int getHeads() {
    return heads;
  }

  /** For deserialisation. */
  public void setHeads(int heads) {
    this.heads = heads;
  }

  @Override
  InputType output(InputTypeConvolutional maps) {
    return InputType.convolutional(
        maps.getHeight(), maps.getWidth(), maps.getChannels() / 3, maps.getFormat());
  }

  @Override
  public SDVariable defineLayer(
      SameDiff sd, SDVariable maps, Map<String, SDVariable> params, SDVariable mask) {
    int channels = getChannels() / 3;
    int width = channels / heads;
    int tokens = getHeight() * getWidth();
    SDVariable[] three = sd.split(maps.reshape(-1, 3L * heads, width, tokens), 3, 1);
    SDVariable queries = three[0].mul(1 / Math.sqrt(width)).permute(0, 1, 3, 2); // B x H x T x D
    SDVariable weights = sd.nn.softmax(queries.mmul(three[1]), -1); // B x H x T x T
    SDVariable mixed = three[2].mmul(weights.permute(0, 1, 3, 2)); // B x H x D x T
    return mixed.reshape(-1, channels, getHeight(), getWidth());
  }
}
