package io.pneuma.attention;

import java.util.Map;
import org.deeplearning4j.nn.conf.layers.samediff.SDLayerParams;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.impl.layers.convolution.config.Conv1DConfig;
import org.nd4j.linalg.api.ops.impl.layers.convolution.config.PaddingMode;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Efficient channel attention: each channel is scaled by a weight that it and its neighbours
 * decide, by one convolution along the channels and without a bottleneck.
 *
 * <p>Wang et al., "ECA-Net" (2020); Cha et al. (2021), section 2.4, equation 4 for the kernel:
 *
 * <pre>
 * s = sigmoid(conv1d_k(z))      x = s * u      k = |log2(C)/gamma + b/gamma| made odd, gamma 2, b 1
 * </pre>
 *
 * <p>B batch, C channels, k kernel. Input and output B x C; k parameters. Not where neighbouring
 * channels have nothing in common, as after concatenating unrelated features without an embedding.
 */
public final class EfficientChannelAttention extends AttentionLayer {
  private static final long serialVersionUID = 1;
  private static final double GAMMA = 2;
  private static final double B = 1;

  /** For deserialisation. */
  public EfficientChannelAttention() {}

  /**
   * Attends over the channels.
   *
   * @param channels C
   * @param positions P; 1 for vectors
   */
  public EfficientChannelAttention(int channels, int positions) {
    super(channels, positions);
  }

  /** The kernel's width for C channels: the nearest odd number of equation 4, upwards when even. */
  static int kernel(int channels) {
    int width = (int) Math.abs(Math.log(channels) / Math.log(2) / GAMMA + B / GAMMA);
    return width % 2 == 1 ? width : width + 1;
  }

  @Override
  public void defineParameters(SDLayerParams params) {
    params.addWeightParam("W", kernel(getChannels()), 1, 1);
  }

  /** Uniform within 1/sqrt(k), since one output sees k inputs. */
  @Override
  public void initializeParameters(Map<String, INDArray> params) {
    INDArray weight = params.get("W");
    double bound = 1 / Math.sqrt((double) weight.size(0));
    weight.assign(Nd4j.rand(weight.dataType(), weight.shape()).muli(2 * bound).subi(bound));
  }

  @Override
  public SDVariable defineLayer(
      SameDiff sd, SDVariable features, Map<String, SDVariable> params, SDVariable mask) {
    int channels = getChannels();
    Conv1DConfig alongChannels =
        Conv1DConfig.builder().k(kernel(channels)).s(1).paddingMode(PaddingMode.SAME).build();
    SDVariable row = mean(features).reshape(-1, 1, channels); // B x 1 x C
    SDVariable mixed = sd.cnn.conv1d(row, params.get("W"), alongChannels); // B x 1 x C
    SDVariable scale = sd.nn.sigmoid(mixed.reshape(-1, channels)); // B x C
    return scaled(features, scale);
  }
}
