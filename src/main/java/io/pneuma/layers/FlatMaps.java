package io.pneuma.layers;

import java.util.Map;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.inputs.InputType.InputTypeConvolutional;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Feature maps as a vector, channel by channel, brought to another size first where they have one:
 * B x C x H x W to B x (C side side). A pixel of the new size is the mean of the pixels that it
 * touches, as in PyTorch's {@code AdaptiveAvgPool2d}.
 */
public final class FlatMaps extends MapLayer {
  private static final long serialVersionUID = 1;

  private int side;

  /** For deserialisation. */
  public FlatMaps() {}

  /** With so many pixels at each side. */
  public FlatMaps(int side) {
    this.side = side;
  }

  /** Height and width of the maps that come out, in pixels. */
  public int getSide() {
    return side;
  }

  /** For deserialisation. */
  public void setSide(int side) {
    this.side = side;
  }

  /** Whether maps keep their size. */
  public boolean keepsSize() {
    return getHeight() == side && getWidth() == side;
  }

  /** The shares of the pixels of maps of a size, H W, in those that come out, side side. */
  public float[][] shares(int height, int width) {
    float[][] shares = new float[side * side][height * width];
    for (int y = 0; y < side; y++) {
      int top = y * height / side;
      int bottom = ((y + 1) * height + side - 1) / side;
      for (int x = 0; x < side; x++) {
        int left = x * width / side;
        int right = ((x + 1) * width + side - 1) / side;
        float share = 1f / ((bottom - top) * (right - left));
        for (int i = top; i < bottom; i++) {
          for (int j = left; j < right; j++) {
            shares[y * side + x][i * width + j] = share;
          }
        }
      }
    }
    return shares;
  }

  @Override
  InputType output(InputTypeConvolutional maps) {
    return InputType.feedForward(maps.getChannels() * side * side);
  }

  @Override
  public SDVariable defineLayer(
      SameDiff sd, SDVariable maps, Map<String, SDVariable> params, SDVariable mask) {
    long width = (long) getChannels() * side * side;
    if (keepsSize()) {
      return maps.reshape(-1, width);
    }
    INDArray shares =
        Nd4j.create(shares(getHeight(), getWidth())).castTo(maps.dataType()).transpose().dup('c');
    SDVariable rows = maps.reshape(-1, (long) getHeight() * getWidth()); // (B C) x (H W)
    return rows.mmul(sd.constant("shares", shares)).reshape(-1, width);
  }
}
