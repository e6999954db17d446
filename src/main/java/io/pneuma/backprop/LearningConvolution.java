package io.pneuma.backprop;

import io.pneuma.backprop.Tape.Operand;
import io.pneuma.computation.Activation;
import io.pneuma.computation.Step.Convolution;
import io.pneuma.computation.Window;
import io.pneuma.inference.Attributes;
import io.pneuma.inference.NativeParts;
import io.pneuma.inference.OneDnn;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntFunction;
import org.bytedeco.dnnl.convolution_backward_data;
import org.bytedeco.dnnl.convolution_backward_weights;
import org.bytedeco.dnnl.convolution_forward;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.memory.data_type;
import org.bytedeco.dnnl.memory.format_tag;
import org.bytedeco.dnnl.post_ops;
import org.bytedeco.javacpp.FloatPointer;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A convolution, forward and backward. Its weights are reordered for oneDNN at each pass. */
final class LearningConvolution {
  private final Convolution conv;
  private final Maps maps;
  private final Tape tape;
  private final Operand weights; // As Deeplearning4j has them.
  private final Optional<LayerArrays> layer; // Empty for weights that never change.
  private final long[] dims;
  private final boolean biased;
  private convolution_forward.primitive_desc forward;

  LearningConvolution(
      Convolution conv, Optional<LayerArrays> layer, Maps maps, Tape tape, NativeParts parts) {
    this.conv = conv;
    this.maps = maps;
    this.tape = tape;
    this.layer = layer;
    this.biased = layer.isPresent() && layer.get().has("b");
    int outputs = conv.shape().channels();
    int inputs = maps.shapes().get(conv.input()).channels() / conv.groups();
    long[] kernel = conv.window().kernel();
    this.dims =
        conv.groups() == 1
            ? new long[] {outputs, inputs, kernel[0], kernel[1]}
            : new long[] {conv.groups(), outputs / conv.groups(), inputs, kernel[0], kernel[1]};
    if (layer.isPresent()) {
      this.weights = new Operand(layer.get().value("W"), stored(layer.get().view("W")));
    } else {
      Region fixed = Region.at(parts.keep(new FloatPointer(conv.weights().get())));
      this.weights = new Operand(fixed, described(format_tag.oihw));
    }
  }

  private memory.desc stored(INDArray view) {
    if (conv.groups() == 1) {
      return new memory.desc(dims, data_type.f32, view.stride());
    }
    // Depthwise weights are stored as kernel height x width x channel x multiplier.
    long[] strides = view.permute(2, 3, 0, 1).stride();
    return new memory.desc(
        dims,
        data_type.f32,
        new long[] {strides[0], strides[1], strides[1], strides[2], strides[3]});
  }

  private memory.desc described(format_tag tag) {
    return new memory.desc(dims, data_type.f32, tag);
  }

  void forward(Region source, String outputName, Region output, Activation activation) {
    forward =
        choose(
            algorithm -> {
              Window window = conv.window();
              var description =
                  new convolution_forward.desc(
                      dnnl.dnnl_forward_training,
                      algorithm,
                      maps.lies(conv.input()),
                      described(format_tag.any),
                      biasLies(),
                      maps.lies(conv.output()),
                      window.strides(),
                      window.before(),
                      window.after());
              return new convolution_forward.primitive_desc(
                  description, Attributes.then(new post_ops(), activation), maps.oneDnn().cpu());
            });
    Map<Integer, Operand> operands = new HashMap<>();
    operands.put(dnnl.DNNL_ARG_SRC, maps.operand(conv.input(), source));
    operands.put(dnnl.DNNL_ARG_WEIGHTS, reordered(forward.weights_desc()));
    if (biased) {
      operands.put(dnnl.DNNL_ARG_BIAS, bias(layer.get().value("b")));
    }
    operands.put(dnnl.DNNL_ARG_DST, maps.operand(outputName, output));
    tape.add(new convolution_forward(forward), forward, operands);
  }

  /** An empty description is oneDNN's for no bias. */
  private memory.desc biasLies() {
    return biased ? OneDnn.vector(conv.shape().channels()) : new memory.desc();
  }

  private Operand bias(Region region) {
    return new Operand(region, OneDnn.vector(conv.shape().channels()));
  }

  private Operand reordered(memory.desc wanted) {
    if (wanted.equals(weights.lies())) {
      return weights;
    }
    Operand copy = new Operand(Region.of(wanted.get_size()), wanted);
    tape.copy(weights, copy);
    return copy;
  }

  /** Writes the parameters' gradients to where Deeplearning4j has them. */
  void parametersGradient(Region source, Region outputGradient) {
    if (layer.isEmpty()) {
      return;
    }
    Window window = conv.window();
    convolution_backward_weights.primitive_desc chosen =
        choose(
            algorithm -> {
              var description =
                  new convolution_backward_weights.desc(
                      algorithm,
                      maps.lies(conv.input()),
                      described(format_tag.any),
                      biasLies(),
                      maps.lies(conv.output()),
                      window.strides(),
                      window.before(),
                      window.after());
              return new convolution_backward_weights.primitive_desc(
                  description, Attributes.plain(), maps.oneDnn().cpu(), forward);
            });
    Operand stored = new Operand(layer.get().gradient("W"), weights.lies());
    memory.desc made = chosen.diff_weights_desc();
    boolean alike = made.equals(stored.lies());
    Operand gradient = alike ? stored : new Operand(Region.of(made.get_size()), made);
    Map<Integer, Operand> operands = new HashMap<>();
    operands.put(dnnl.DNNL_ARG_SRC, maps.operand(conv.input(), source));
    operands.put(dnnl.DNNL_ARG_DIFF_DST, maps.operand(conv.output(), outputGradient));
    operands.put(dnnl.DNNL_ARG_DIFF_WEIGHTS, gradient);
    if (biased) {
      operands.put(dnnl.DNNL_ARG_DIFF_BIAS, bias(layer.get().gradient("b")));
    }
    tape.add(new convolution_backward_weights(chosen), chosen, operands);
    if (!alike) {
      tape.copy(gradient, stored);
    }
  }

  /** The gradient with respect to the input. */
  Region inputGradient(Region outputGradient) {
    Window window = conv.window();
    convolution_backward_data.primitive_desc chosen =
        choose(
            algorithm ->
                new convolution_backward_data.primitive_desc(
                    new convolution_backward_data.desc(
                        algorithm,
                        maps.lies(conv.input()),
                        described(format_tag.any),
                        maps.lies(conv.output()),
                        window.strides(),
                        window.before(),
                        window.after()),
                    Attributes.plain(),
                    maps.oneDnn().cpu(),
                    forward));
    Region gradient = maps.room(conv.input());
    tape.add(
        new convolution_backward_data(chosen),
        chosen,
        Map.of(
            dnnl.DNNL_ARG_DIFF_DST,
            maps.operand(conv.output(), outputGradient),
            dnnl.DNNL_ARG_WEIGHTS,
            reordered(chosen.weights_desc()),
            dnnl.DNNL_ARG_DIFF_SRC,
            maps.operand(conv.input(), gradient)));
    return gradient;
  }

  /** Winograd's algorithm where it can be, in each of the three passes. */
  private <T> T choose(IntFunction<T> maker) {
    if (conv.window().isThreeByThreeOfStrideOne() && conv.groups() == 1) {
      try {
        return maker.apply(dnnl.dnnl_convolution_winograd);
      } catch (RuntimeException e) { // Not for these shapes or this processor.
        return maker.apply(dnnl.dnnl_convolution_direct);
      }
    }
    return maker.apply(dnnl.dnnl_convolution_direct);
  }
}
