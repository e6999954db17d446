package io.pneuma.inference;

import io.pneuma.computation.Layout;
import io.pneuma.computation.Shape;
import io.pneuma.computation.Step.Convolution;
import io.pneuma.onednn.After;
import io.pneuma.onednn.Argument;
import io.pneuma.onednn.Form;
import io.pneuma.onednn.NativeParts;
import io.pneuma.onednn.OneDnn;
import io.pneuma.onednn.Primitive;
import io.pneuma.onednn.Primitives;
import java.util.Map;

/** Makes oneDNN's primitives for convolutions. */
final class ConvolutionBuilder {
  private final OneDnn oneDnn;
  private final Map<String, Shape> shapes;
  private final Layout layout;
  private final int images;
  private final boolean alone;
  private final NativeParts parts;

  ConvolutionBuilder(
      OneDnn oneDnn,
      Map<String, Shape> shapes,
      Layout layout,
      int images,
      boolean alone,
      NativeParts parts) {
    this.oneDnn = oneDnn;
    this.shapes = shapes;
    this.layout = layout;
    this.images = images;
    this.alone = alone;
    this.parts = parts;
  }

  /** What computes a convolution with all that has been joined to it. */
  Call call(Convolution conv) {
    int inputs = shapes.get(conv.input()).channels();
    if (alone && Winograd.suits(oneDnn, layout, inputs, conv)) {
      return Winograd.call(oneDnn, conv, shapes.get(conv.input()), images, parts, maps(conv));
    }
    long[] sizes = conv.weightSizes(inputs);
    boolean adds = !conv.addend().equals(Convolution.NO_ADDEND);
    Form each = Form.dense(conv.shape().channels());
    Primitive primitive =
        new Primitives(oneDnn)
            .convolution(
                new Primitives.Kernel(
                    maps(conv.input()),
                    Form.any(sizes),
                    each,
                    maps(conv.output()),
                    conv.window(),
                    conv.mayBeWinograd()),
                false,
                new After(1, adds, conv.activation()));
    return Call.of(
        parts,
        images,
        primitive,
        Map.of(
            Argument.WEIGHTS,
            parts.parameter(conv.weights().get(), Form.dense(sizes), primitive.weights()),
            Argument.BIAS,
            parts.parameter(conv.bias(), each, each)),
        maps(conv));
  }

  private Map<Integer, Call.Operand> maps(Convolution conv) {
    return Map.of(Argument.SOURCE, whole(conv.input()), Argument.TARGET, whole(conv.output()));
  }

  private Form maps(String name) {
    return oneDnn.maps(images, shapes.get(name), layout);
  }

  private Call.Operand whole(String name) {
    return new Call.Operand(name, maps(name), 0);
  }
}
