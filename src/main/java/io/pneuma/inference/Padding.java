package io.pneuma.inference;

import io.pneuma.inference.Window.Side;
import java.util.Arrays;
import org.deeplearning4j.nn.conf.ConvolutionMode;

/** Deeplearning4j's ways of padding. */
final class Padding {
  private Padding() {}

  /** The window of a layer on feature maps of a shape. */
  static Window window(
      String name,
      Shape input,
      int[] kernel,
      int[] stride,
      int[] padding,
      int[] dilation,
      ConvolutionMode mode) {
    if (Arrays.stream(dilation).anyMatch(step -> step != 1)) {
      throw new UnsupportedLayerException(name, "dilation " + Arrays.toString(dilation));
    }
    return new Window(
        side(name, input.height(), kernel[0], stride[0], padding[0], mode),
        side(name, input.width(), kernel[1], stride[1], padding[1], mode));
  }

  private static Side side(
      String name, int size, int kernel, int stride, int padding, ConvolutionMode mode) {
    return switch (mode) {
      case Truncate, Strict -> new Side(kernel, stride, padding, padding);
      case Same -> {
        int outputs = (size + stride - 1) / stride;
        int total = Math.max(0, (outputs - 1) * stride + kernel - size);
        yield new Side(kernel, stride, total / 2, total - total / 2);
      }
      default -> throw new UnsupportedLayerException(name, "padding " + mode);
    };
  }
}
