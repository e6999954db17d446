package io.pneuma.layers;

import java.util.Map;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.inputs.InputType.InputTypeConvolutional;
import org.deeplearning4j.nn.conf.layers.samediff.SDLayerParams;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.impl.layers.convolution.config.Conv2DConfig;
import org.nd4j.linalg.api.ops.impl.layers.convolution.config.PaddingMode;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A square convolution without bias of each group of channels by itself: Xie et al., "Aggregated
 * Residual Transformations" (2017), section 3.4. Weights output channel x (input channel / groups)
 * x kernel x kernel, as in PyTorch.
 */
public final class GroupedConvolution extends MapLayer {
  private static final long serialVersionUID = 1;

  private int outputs;
  private int groups;
  private int kernel;
  private int stride;
  private int pad;

  /** For deserialisation. */
  public GroupedConvolution() {}

  /**
   * Convolves.
   *
   * @param outputs output channels, of which {@code groups} is a divisor, as of the input's
   * @param kernel its side in pixels
   * @param stride in pixels
   * @param pad zeros at each side in pixels
   */
  public GroupedConvolution(int outputs, int groups, int kernel, int stride, int pad) {
    this.outputs = outputs;
    this.groups = groups;
    this.kernel = kernel;
    this.stride = stride;
    this.pad = pad;
  }

  /** Output channels. */
  public int getOutputs() {
    return outputs;
  }

  /** For deserialisation. */
  public void setOutputs(int outputs) {
    this.outputs = outputs;
  }

  /** How many groups. */
  public int getGroups() {
    return groups;
  }

  /** For deserialisation. */
  public void setGroups(int groups) {
    this.groups = groups;
  }

  /** The kernel's side in pixels. */
  public int getKernel() {
    return kernel;
  }

  /** For deserialisation. */
  public void setKernel(int kernel) {
    this.kernel = kernel;
  }

  /** In pixels. */
  public int getStride() {
    return stride;
  }

  /** For deserialisation. */
  public void setStride(int stride) {
    this.stride = stride;
  }

  /** Zeros at each side in pixels. */
  public int getPad() {
    return pad;
  }

  /** For deserialisation. */
  public void setPad(int pad) {
    this.pad = pad;
  }

  @Override
  InputType output(InputTypeConvolutional maps) {
    return InputType.convolutional(
        (maps.getHeight() + 2L * pad - kernel) / stride + 1,
        (maps.getWidth() + 2L * pad - kernel) / stride + 1,
        outputs,
        maps.getFormat());
  }

  @Override
  public void defineParameters(SDLayerParams params) {
    params.addWeightParam("W", outputs, getChannels() / groups, kernel, kernel);
  }

  /** He's. */
  @Override
  public void initializeParameters(Map<String, INDArray> params) {
    INDArray weights = params.get("W");
    double deviation = Math.sqrt(2.0 * weights.size(0) / weights.length());
    weights.assign(Nd4j.randn(weights.dataType(), weights.shape()).mul(deviation));
  }

  @Override
  public SDVariable defineLayer(
      SameDiff sd, SDVariable maps, Map<String, SDVariable> params, SDVariable mask) {
    Conv2DConfig settings =
        Conv2DConfig.builder()
            .kH(kernel)
            .kW(kernel)
            .sH(stride)
            .sW(stride)
            .pH(pad)
            .pW(pad)
            .paddingMode(PaddingMode.VALID)
            .build();
    SDVariable[] given = sd.split(maps, groups, 1);
    SDVariable[] weights = sd.split(params.get("W").permute(2, 3, 1, 0), groups, 3);
    SDVariable[] made = new SDVariable[groups];
    for (int group = 0; group < groups; group++) {
      made[group] = sd.cnn.conv2d(given[group], weights[group], settings);
    }
    return groups == 1 ? made[0] : sd.concat(1, made);
  }
}
