package io.pneuma.layers;

import java.util.Map;
import org.deeplearning4j.nn.conf.InputPreProcessor;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.inputs.InputType.InputTypeConvolutional;
import org.deeplearning4j.nn.conf.layers.samediff.SDLayerParams;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A layer on feature maps B x C x H x W, which it learns from what it is put after; without
 * parameters unless it says otherwise.
 */
public abstract class MapLayer extends SameDiffBase {
  private static final long serialVersionUID = 1;

  private int channels;
  private int height;
  private int width;

  /** C, the channels that come in. */
  public int getChannels() {
    return channels;
  }

  /** For deserialisation. */
  public void setChannels(int channels) {
    this.channels = channels;
  }

  /** H in pixels. */
  public int getHeight() {
    return height;
  }

  /** For deserialisation. */
  public void setHeight(int height) {
    this.height = height;
  }

  /** W in pixels. */
  public int getWidth() {
    return width;
  }

  /** For deserialisation. */
  public void setWidth(int width) {
    this.width = width;
  }

  @Override
  public final void setNIn(InputType input, boolean override) {
    InputTypeConvolutional maps = maps(input);
    channels = (int) maps.getChannels();
    height = (int) maps.getHeight();
    width = (int) maps.getWidth();
  }

  @Override
  public final InputType getOutputType(int layerIndex, InputType input) {
    return output(maps(input));
  }

  /** What comes out; the same shape unless a layer says otherwise. */
  InputType output(InputTypeConvolutional maps) {
    return maps;
  }

  @Override
  public void defineParameters(SDLayerParams params) {}

  @Override
  public void initializeParameters(Map<String, INDArray> params) {}

  @Override
  public final InputPreProcessor getPreProcessorForInputType(InputType input) {
    return null;
  }

  private InputTypeConvolutional maps(InputType input) {
    if (!(input instanceof InputTypeConvolutional maps)) {
      throw new IllegalArgumentException(
          getClass().getSimpleName() + " is for feature maps, but gets " + input);
    }
    return maps;
  }
}
