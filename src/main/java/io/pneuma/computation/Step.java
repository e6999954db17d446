package io.pneuma.computation;

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

  /** Made of one thing. */
  sealed interface OfOne extends Step {
    /** The feature maps that it is made of. */
    String input();

    @Override
    default List<String> inputs() {
      return List.of(input());
    }
  }

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
    public static final String NO_ADDEND = "";

    @Override
    public List<String> inputs() {
      return Stream.of(input, addend).filter(name -> !name.equals(NO_ADDEND)).toList();
    }

    /**
     * Of the weights, with the groups first where there are several.
     *
     * @param channels of the input
     */
    public long[] weightSizes(int channels) {
      long[] kernel = window.kernel();
      long inputs = channels / groups;
      long outputs = shape.channels() / groups;
      return groups == 1
          ? new long[] {outputs, inputs, kernel[0], kernel[1]}
          : new long[] {groups, outputs, inputs, kernel[0], kernel[1]};
    }

    /** Whether Winograd's algorithm computes it, where oneDNN has that for the processor. */
    public boolean mayBeWinograd() {
      return window.isThreeByThreeOfStrideOne() && groups == 1;
    }

    /** Whether nothing comes after the bias yet. */
    boolean isPlain() {
      return addend.equals(NO_ADDEND) && activation == Activation.IDENTITY;
    }
  }

  /** activation(scale * input + shift), channel by channel; the activation is RELU or none. */
  @SuppressWarnings("ArrayRecordComponent") // Parameters, never compared.
  record Norm(
      String output, String input, Shape shape, float[] scale, float[] shift, Activation activation)
      implements OfOne {}

  /** An activation that could not be made part of the step before it. */
  record Activate(String output, String input, Shape shape, Activation activation)
      implements OfOne {}

  /** The largest or the mean value in each window. */
  record Pool(String output, String input, Shape shape, Window window, boolean max)
      implements OfOne {}

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

  /** Maps times numbers, one for each channel of each image. */
  record Multiply(String output, String maps, String numbers, Shape shape) implements Step {
    @Override
    public List<String> inputs() {
      return List.of(maps, numbers);
    }
  }

  /** gain * (input - mean) / sqrt(variance + epsilon) + bias, over the channels of each pixel. */
  @SuppressWarnings("ArrayRecordComponent") // Parameters, never compared.
  record LayerNorm(
      String output, String input, Shape shape, float[] gain, float[] bias, float epsilon)
      implements OfOne {}

  /**
   * All pixels of the input in a row, which is the height, behind one token, plus positions.
   *
   * @param token channels, its position included
   * @param positions pixels x channels
   */
  @SuppressWarnings("ArrayRecordComponent") // Parameters, never compared.
  record Tokens(String output, String input, Shape shape, float[] token, float[] positions)
      implements OfOne {}

  /** The first row of the input's height. */
  record Crop(String output, String input, Shape shape) implements OfOne {}

  /**
   * The products of queries and keys over the root of their width, heads x queries x tokens.
   *
   * @param input queries, keys and values in its channels, the tokens in its height
   * @param shape the heads, how many of the first tokens ask, all tokens
   */
  record Scores(String output, String input, Shape shape) implements OfOne {}

  /** Over all tokens, for each head and query. */
  record Softmax(String output, String input, Shape shape) implements OfOne {}

  /**
   * The values of all tokens, weighted for each head and query.
   *
   * @param weights heads x queries x tokens
   * @param input as that of {@link Scores}
   */
  record Mix(String output, String weights, String input, Shape shape) implements Step {
    @Override
    public List<String> inputs() {
      return List.of(weights, input);
    }
  }

  /** Tokens but the first where they were: its height becomes height and width. */
  record Grid(String output, String input, Shape shape) implements OfOne {}

  /**
   * Each pixel a mixture of all pixels of the input.
   *
   * @param shares output pixel x input pixel
   */
  @SuppressWarnings("ArrayRecordComponent") // Parameters, never compared.
  record Resample(String output, String input, Shape shape, float[][] shares) implements OfOne {}

  /** The maps channel by channel, as the channels of a single pixel. */
  record Flatten(String output, String input, Shape shape) implements OfOne {}
}
