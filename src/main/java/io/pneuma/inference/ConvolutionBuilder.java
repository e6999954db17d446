package io.pneuma.inference;

import io.pneuma.computation.Layout;
import io.pneuma.computation.Shape;
import io.pneuma.computation.Step.Convolution;
import io.pneuma.computation.Window;
import java.util.Map;
import org.bytedeco.dnnl.convolution_forward;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.memory.data_type;
import org.bytedeco.dnnl.memory.format_tag;
import org.bytedeco.dnnl.post_ops;
import org.bytedeco.dnnl.primitive_attr;

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
    Window window = conv.window();
    int inputs = shapes.get(conv.input()).channels() / conv.groups();
    int outputs = conv.shape().channels();
    if (alone && Winograd.suits(oneDnn, layout, inputs, conv)) {
      return Winograd.call(oneDnn, conv, shapes.get(conv.input()), images, parts, maps(conv));
    }
    long[] kernel = window.kernel();
    long[] dims =
        conv.groups() == 1
            ? new long[] {outputs, inputs, kernel[0], kernel[1]}
            : new long[] {conv.groups(), outputs / conv.groups(), inputs, kernel[0], kernel[1]};
    post_ops after = new post_ops();
    if (!conv.addend().equals(Convolution.NO_ADDEND)) {
      after.append_sum();
    }
    var chosen = choose(conv, dims, Attributes.then(after, conv.activation()));
    memory.desc stored =
        new memory.desc(
            dims, data_type.f32, conv.groups() == 1 ? format_tag.oihw : format_tag.goihw);
    return parts.call(
        images,
        new convolution_forward(chosen),
        chosen,
        Map.of(
            dnnl.DNNL_ARG_WEIGHTS,
            parts.parameter(conv.weights().get(), stored, chosen.weights_desc()),
            dnnl.DNNL_ARG_BIAS,
            parts.parameter(conv.bias(), OneDnn.vector(outputs), OneDnn.vector(outputs))),
        maps(conv));
  }

  private Map<Integer, Call.Operand> maps(Convolution conv) {
    return Map.of(dnnl.DNNL_ARG_SRC, whole(conv.input()), dnnl.DNNL_ARG_DST, whole(conv.output()));
  }

  private convolution_forward.primitive_desc choose(
      Convolution conv, long[] dims, primitive_attr attributes) {
    Window window = conv.window();
    RuntimeException refusal = null;
    for (int algorithm : algorithms(conv)) {
      try {
        var description =
            new convolution_forward.desc(
                CallBuilder.INFERENCE,
                algorithm,
                maps(conv.input()),
                new memory.desc(dims, data_type.f32, format_tag.any),
                OneDnn.vector(conv.bias().length),
                maps(conv.output()),
                window.strides(),
                window.gaps(),
                window.before(),
                window.after());
        return new convolution_forward.primitive_desc(description, attributes, oneDnn.cpu());
      } catch (RuntimeException e) { // Not for these shapes or this processor.
        refusal = e;
      }
    }
    throw refusal;
  }

  /** Winograd's algorithm where it can be, in one of two tile sizes that oneDNN chooses. */
  private static int[] algorithms(Convolution conv) {
    return conv.mayBeWinograd()
        ? new int[] {dnnl.dnnl_convolution_winograd, dnnl.dnnl_convolution_direct}
        : new int[] {dnnl.dnnl_convolution_direct};
  }

  private memory.desc maps(String name) {
    return oneDnn.maps(images, shapes.get(name), layout);
  }

  private Call.Operand whole(String name) {
    return new Call.Operand(name, maps(name), 0);
  }
}
