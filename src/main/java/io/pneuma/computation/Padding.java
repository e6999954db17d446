package io.pneuma.computation;

import io.pneuma.computation.Window.Side;
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
    return new Window(
        side(name, input.height(), kernel[0], stride[0], padding[0], dilation[0], mode),
        side(name, input.width(), kernel[1], stride[1], padding[1], dilation[1], mode));
  }

  private static Side side(
      String name,
      int size,
      int kernel,
      int stride,
      int padding,
      int dilation,
      ConvolutionMode mode) {
    return switch (mode) {
      case Truncate, Strict -> new Side(kernel, stride, padding, padding, dilation);
      case Same -> {
        int outputs = (size + stride - 1) / stride;
        int total = Math.max(0, (outputs - 1) * stride + (kernel - 1) * dilation + 1 - size);
        yield new Side(kernel, stride, total / 2, total - total / 2, dilation);
      }
      default -> throw new UnsupportedLayerException(name, "padding " + mode);
    };
  }
}
