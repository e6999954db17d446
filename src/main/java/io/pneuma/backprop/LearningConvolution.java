package io.pneuma.backprop;

import io.pneuma.backprop.Tape.Operand;
import io.pneuma.computation.Activation;
import io.pneuma.computation.Step.Convolution;
import io.pneuma.onednn.After;
import io.pneuma.onednn.Argument;
import io.pneuma.onednn.Form;
import io.pneuma.onednn.NativeParts;
import io.pneuma.onednn.Primitive;
import io.pneuma.onednn.Primitives;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
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
  private Primitive forward;

  LearningConvolution(
      Convolution conv, Optional<LayerArrays> layer, Maps maps, Tape tape, NativeParts parts) {
    this.conv = conv;
    this.maps = maps;
    this.tape = tape;
    this.layer = layer;
    this.biased = layer.isPresent() && layer.get().has("b");
    this.dims = conv.weightSizes(maps.shapes().get(conv.input()).channels());
    if (layer.isPresent()) {
      this.weights = new Operand(layer.get().value("W"), stored(layer.get().view("W")));
    } else {
      Region fixed = Region.at(parts.keep(new FloatPointer(conv.weights().get())));
      this.weights = new Operand(fixed, Form.dense(dims));
    }
  }

  private Form stored(INDArray view) {
    if (conv.groups() == 1) {
      return Form.strided(dims, view.stride());
    }
    // Depthwise weights are stored as kernel height x width x channel x multiplier.
    long[] strides = view.permute(2, 3, 0, 1).stride();
    return Form.strided(dims, strides[0], strides[1], strides[1], strides[2], strides[3]);
  }

  /** Winograd's algorithm where it can be, in each of the three passes. */
  private Primitives.Kernel kernel() {
    return new Primitives.Kernel(
        maps.lies(conv.input()),
        Form.any(dims),
        biased ? Form.dense(conv.shape().channels()) : Form.none(),
        maps.lies(conv.output()),
        conv.window(),
        conv.mayBeWinograd());
  }

  void forward(Region source, String outputName, Region output, Activation activation) {
    forward = maps.primitives().convolution(kernel(), true, After.of(activation));
    Map<Integer, Operand> operands = new HashMap<>();
    operands.put(Argument.SOURCE, maps.operand(conv.input(), source));
    operands.put(Argument.WEIGHTS, reordered(forward.weights()));
    if (biased) {
      operands.put(Argument.BIAS, bias(layer.get().value("b")));
    }
    operands.put(Argument.TARGET, maps.operand(outputName, output));
    tape.add(forward, operands);
  }

  private Operand bias(Region region) {
    return new Operand(region, Form.dense(conv.shape().channels()));
  }

  private Operand reordered(Form wanted) {
    if (wanted.isLike(weights.lies())) {
      return weights;
    }
    Operand copy = new Operand(Region.of(wanted.bytes()), wanted);
    tape.copy(weights, copy);
    return copy;
  }

  /** Writes the parameters' gradients to where Deeplearning4j has them. */
  void parametersGradient(Region source, Region outputGradient) {
    if (layer.isEmpty()) {
      return;
    }
    Primitive backward = maps.primitives().convolutionWeightsGradient(kernel(), forward);
    if (backward.isReference()
        && DepthwiseGradient.suits(conv, maps.shapes().get(conv.input()).channels())) {
      tape.addOwn(
          depthwiseGradient(layer.get())::pieces,
          Map.of(
              Argument.SOURCE, maps.operand(conv.input(), source),
              Argument.TARGET_GRADIENT, maps.operand(conv.output(), outputGradient)));
      return;
    }
    Operand stored = new Operand(layer.get().gradient("W"), weights.lies());
    Form made = backward.weightsGradient();
    boolean alike = made.isLike(stored.lies());
    Operand gradient = alike ? stored : new Operand(Region.of(made.bytes()), made);
    Map<Integer, Operand> operands = new HashMap<>();
    operands.put(Argument.SOURCE, maps.operand(conv.input(), source));
    operands.put(Argument.TARGET_GRADIENT, maps.operand(conv.output(), outputGradient));
    operands.put(Argument.WEIGHTS_GRADIENT, gradient);
    if (biased) {
      operands.put(Argument.BIAS_GRADIENT, bias(layer.get().gradient("b")));
    }
    tape.add(backward, operands);
    if (!alike) {
      tape.copy(gradient, stored);
    }
  }

  private DepthwiseGradient depthwiseGradient(LayerArrays arrays) {
    return new DepthwiseGradient(
        maps,
        maps.shapes().get(conv.input()),
        conv.shape(),
        conv.window(),
        arrays.gradient("W"),
        arrays.view("W").stride(),
        biased ? Optional.of(arrays.gradient("b")) : Optional.empty());
  }

  /** The gradient with respect to the input. */
  Region inputGradient(Region outputGradient) {
    Primitive backward = maps.primitives().convolutionSourceGradient(kernel(), forward);
    Region gradient = maps.room(conv.input());
    tape.add(
        backward,
        Map.of(
            Argument.TARGET_GRADIENT,
            maps.operand(conv.output(), outputGradient),
            Argument.WEIGHTS,
            reordered(backward.weights()),
            Argument.SOURCE_GRADIENT,
            maps.operand(conv.input(), gradient)));
    return gradient;
  }
}
