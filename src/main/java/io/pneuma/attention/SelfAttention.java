package io.pneuma.attention;

import java.util.Map;
import org.deeplearning4j.nn.conf.layers.samediff.SDLayerParams;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;

/**
 * Multi-head self-attention over the backbones, or on maps over their positions: each one's
 * features become a mixture of all, weighted by how well they answer it.
 *
 * <p>Vaswani et al., "Attention Is All You Need" (2017), section 3.2; Cha et al. (2021), section
 * 2.4. For each head, with queries, keys and values of the sequence X of backbones:
 *
 * <pre>
 * Q = X Wq   K = X Wk   V = X Wv      S = softmax(Q K^T / sqrt(D))      O = S V Wo
 * </pre>
 *
 * <p>B batch, T backbones (the sequence), M embedding (the model dimension), H heads, D = M/H.
 * Input and output B x (T M); four weights M x M. Not for one backbone: softmax over a single
 * answer is 1. On maps T is the number of positions and M that of all channels.
 */
public final class SelfAttention extends AttentionLayer {
  private static final long serialVersionUID = 1;

  private int sequence;
  private int heads;

  /** For deserialisation. */
  public SelfAttention() {}

  /**
   * Attends over the positions of maps.
   *
   * @param channels C, which {@code heads} must divide
   * @param positions P
   * @param heads H
   */
  static SelfAttention overPositions(int channels, int positions, int heads) {
    SelfAttention layer = new SelfAttention(1, channels, heads);
    layer.setPositions(positions);
    return layer;
  }

  /**
   * Attends over the backbones.
   *
   * @param sequence T
   * @param embedding M, which {@code heads} must divide
   * @param heads H
   */
  public SelfAttention(int sequence, int embedding, int heads) {
    super(sequence * embedding, 1);
    if (embedding % heads != 0) {
      throw new IllegalArgumentException(
          heads + " heads do not divide an embedding of " + embedding);
    }
    this.sequence = sequence;
    this.heads = heads;
  }

  /** T, the number of backbones. */
  public int getSequence() {
    return sequence;
  }

  /** For deserialisation. */
  public void setSequence(int sequence) {
    this.sequence = sequence;
  }

  /** H, the number of heads. */
  public int getHeads() {
    return heads;
  }

  /** For deserialisation. */
  public void setHeads(int heads) {
    this.heads = heads;
  }

  /** T. */
  private int tokens() {
    return sequence * getPositions();
  }

  private int embedding() {
    return getChannels() / sequence;
  }

  @Override
  public void defineParameters(SDLayerParams params) {
    for (String name : new String[] {"Wq", "Wk", "Wv", "Wo"}) {
      params.addWeightParam(name, embedding(), embedding());
    }
  }

  @Override
  public SDVariable defineLayer(
      SameDiff sd, SDVariable features, Map<String, SDVariable> params, SDVariable mask) {
    int headDimension = embedding() / heads;
    SDVariable tokens = getPositions() == 1 ? features : maps(features).permute(0, 2, 1);
    SDVariable x = tokens.reshape(-1, embedding()); // (B T) x M
    SDVariable queries = split(x.mmul(params.get("Wq"))); // B x H x T x D
    SDVariable keys = split(x.mmul(params.get("Wk"))).permute(0, 1, 3, 2); // B x H x D x T
    SDVariable values = split(x.mmul(params.get("Wv"))); // B x H x T x D

    // not in the paper: its S = softmax(Q K^T) lacks the scale, without which wide heads saturate.
    SDVariable scores = queries.mmul(keys).mul(1 / Math.sqrt(headDimension)); // B x H x T x T
    SDVariable mixed = sd.nn.softmax(scores, -1).mmul(values); // B x H x T x D
    SDVariable joined = mixed.permute(0, 2, 1, 3).reshape(-1, embedding()); // (B T) x M
    SDVariable out = joined.mmul(params.get("Wo")); // (B T) x M
    return getPositions() == 1
        ? out.reshape(-1, getChannels()) // B x (T M)
        : out.reshape(-1, getPositions(), getChannels()).mean(1); // B x M
  }

  /** (B T) x M to B x H x T x D. */
  private SDVariable split(SDVariable projected) {
    return projected.reshape(-1, tokens(), heads, embedding() / heads).permute(0, 2, 1, 3);
  }
}
