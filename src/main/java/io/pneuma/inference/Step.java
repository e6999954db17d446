package io.pneuma.inference;

import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** One operation of a network on feature maps, which go by their names. */
public sealed interface Step {
  /** The feature maps that it makes. */
  String output();

  /** The feature maps that it is made of. */
  List<String> inputs();

  /** Of the output. */
  Shape shape();

  /**
   * activation(weights * input + bias + addend).
   *
   * @param addend feature maps of the output's shape; empty for none
   * @param weights output channel x (input channel / groups) x kernel height x kernel width; given
   *     when asked for, since those of a whole network take much memory
   * @param bias one for each output channel
   */
  @SuppressWarnings("ArrayRecordComponent") // Parameters, never compared.
  record Convolution(
      String output,
      String input,
      String addend,
      Shape shape,
      Window window,
      int groups,
      Supplier<float[]> weights,
      float[] bias,
      Activation activation)
      implements Step {
    static final String NO_ADDEND = "";

    @Override
    public List<String> inputs() {
      return Stream.of(input, addend).filter(name -> !name.equals(NO_ADDEND)).toList();
    }

    /** Whether Winograd's algorithm computes it, where oneDNN has that for the processor. */
    boolean mayBeWinograd() {
      return window.isThreeByThreeOfStrideOne() && groups == 1;
    }

    /** Whether nothing comes after the bias yet. */
    boolean isPlain() {
      return addend.equals(NO_ADDEND) && activation == Activation.IDENTITY;
    }
  }

  /** activation(scale * input + shift), channel by channel; the activation is never RELU6. */
  @SuppressWarnings("ArrayRecordComponent") // Parameters, never compared.
  record Norm(
      String output, String input, Shape shape, float[] scale, float[] shift, Activation activation)
      implements Step {
    @Override
    public List<String> inputs() {
      return List.of(input);
    }
  }

  /** An activation that could not be made part of the step before it. */
  record Activate(String output, String input, Shape shape, Activation activation) implements Step {
    @Override
    public List<String> inputs() {
      return List.of(input);
    }
  }

  /** The largest or the mean value in each window. */
  record Pool(String output, String input, Shape shape, Window window, boolean max)
      implements Step {
    @Override
    public List<String> inputs() {
      return List.of(input);
    }
  }

  /** activation(left + right). */
  record Add(String output, String left, String right, Shape shape, Activation activation)
      implements Step {
    @Override
    public List<String> inputs() {
      return List.of(left, right);
    }
  }

  /** The inputs' channels one after the other. */
  record Concatenation(String output, List<String> inputs, Shape shape) implements Step {}
}
