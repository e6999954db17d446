package io.pneuma.backprop;

import io.pneuma.backprop.Tape.Operand;
import io.pneuma.computation.Activation;
import io.pneuma.computation.GraphReader;
import io.pneuma.computation.Shape;
import io.pneuma.computation.Step;
import io.pneuma.computation.Step.Activate;
import io.pneuma.computation.Step.Add;
import io.pneuma.computation.Step.Concatenation;
import io.pneuma.computation.Step.Convolution;
import io.pneuma.computation.Step.LayerNorm;
import io.pneuma.computation.Step.Multiply;
import io.pneuma.computation.Step.Norm;
import io.pneuma.computation.Step.Pool;
import io.pneuma.computation.Step.Resample;
import io.pneuma.computation.UnsupportedLayerException;
import io.pneuma.onednn.After;
import io.pneuma.onednn.Argument;
import io.pneuma.onednn.Form;
import io.pneuma.onednn.Primitives;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Activations, sums and concatenations, forward and backward. */
final class PlainSteps {
  private final Maps maps;
  private final Tape tape;

  PlainSteps(Maps maps, Tape tape) {
    this.maps = maps;
    this.tape = tape;
  }

  void activate(Activate step, Region source, Region output) {
    tape.add(
        maps.primitives().activationInTraining(maps.lies(step.output()), step.activation()),
        Map.of(
            Argument.SOURCE, maps.operand(step.input(), source),
            Argument.TARGET, maps.operand(step.output(), output)));
  }

  /**
   * Refuses a step that has no way back here.
   *
   * @throws UnsupportedLayerException naming it
   */
  static void require(Step step) {
    boolean known =
        step instanceof Convolution conv
            ? !conv.window().isDilated() && (conv.groups() == 1 || isDepthwise(conv))
            : step instanceof Norm
                || step instanceof LayerNorm
                || step instanceof Activate
                || step instanceof Pool
                || step instanceof Add
                || step instanceof Multiply
                || step instanceof Resample
                || step instanceof Concatenation;
    if (!known) {
      throw new UnsupportedLayerException(
          GraphReader.vertex(step),
          "no gradient of a " + step.getClass().getSimpleName() + " here");
    }
  }

  private static boolean isDepthwise(Convolution conv) {
    return conv.groups() == conv.shape().channels();
  }

  /**
   * The gradient with respect to what an activation was given.
   *
   * @param value what it was given or gave, as {@link Primitives#needsSource} says
   * @param gradient with respect to what it gave
   * @param before where to write; may be the same
   */
  void activationGradient(
      String name, Activation activation, Region value, Region gradient, Region before) {
    int known = Primitives.needsSource(activation) ? Argument.SOURCE : Argument.TARGET;
    tape.add(
        maps.primitives().activationGradient(maps.lies(name), activation),
        Map.of(
            known,
            maps.operand(name, value),
            Argument.TARGET_GRADIENT,
            maps.operand(name, gradient),
            Argument.SOURCE_GRADIENT,
            maps.operand(name, before)));
  }

  /** Maps, or a gradient in their form, times a number for each channel of each image. */
  void multiply(Multiply step, Region values, Region numbers, Region output) {
    Form lies = maps.lies(step.output());
    Operand each = maps.operand(step.numbers(), numbers);
    tape.add(
        maps.primitives().product(lies, each.lies(), lies),
        new Operand(values, lies),
        each,
        new Operand(output, lies));
  }

  /** The gradient with respect to the numbers. */
  Region numbersGradient(Multiply step, Region values, Region gradient) {
    Form lies = maps.lies(step.output());
    Operand products = new Operand(maps.room(step.output()), lies);
    tape.add(
        maps.primitives().product(lies, lies, lies),
        new Operand(values, lies),
        new Operand(gradient, lies),
        products);
    Operand sums = maps.operand(step.numbers(), maps.room(step.numbers()));
    tape.add(
        maps.primitives().sumOfPixels(lies, sums.lies(), step.shape()),
        Map.of(Argument.SOURCE, products, Argument.TARGET, sums));
    return sums.region();
  }

  void add(Add add, Activation activation, Region left, Region right, Region output) {
    Form lies = maps.lies(add.output());
    tape.add(
        maps.primitives().sum(lies, lies, lies, After.of(activation)),
        new Operand(left, lies),
        new Operand(right, lies),
        new Operand(output, lies));
  }

  void concatenate(Concatenation all, List<Region> inputs, Region output) {
    Map<Integer, Operand> operands = new HashMap<>();
    List<Form> sources = new ArrayList<>();
    for (int i = 0; i < inputs.size(); i++) {
      Operand input = maps.operand(all.inputs().get(i), inputs.get(i));
      sources.add(input.lies());
      operands.put(Argument.source(i), input);
    }
    operands.put(Argument.TARGET, maps.operand(all.output(), output));
    tape.add(maps.primitives().concatenation(sources, maps.lies(all.output())), operands);
  }

  /** The gradient with respect to a concatenation's output, so that it can be cut in slices. */
  Operand sliceable(Concatenation all, Region gradient) {
    Operand blocked = maps.operand(all.output(), gradient);
    int block = maps.oneDnn().block();
    if (all.inputs().stream().allMatch(input -> maps.shapes().get(input).channels() % block == 0)) {
      return blocked;
    }
    Form lies = maps.plain(all.output());
    Operand plain = new Operand(Region.of(lies.bytes()), lies);
    tape.copy(blocked, plain);
    return plain;
  }

  /**
   * The gradient with respect to one input of a concatenation.
   *
   * @param from the input's first channel in the output
   */
  Region slice(Operand sliceable, String input, int from) {
    Shape shape = maps.shapes().get(input);
    long[] sizes = {maps.rows(), shape.channels(), shape.height(), shape.width()};
    Form part = sliceable.lies().part(sizes, 0, from, 0, 0);
    Region gradient = maps.room(input);
    tape.copy(new Operand(sliceable.region(), part), maps.operand(input, gradient));
    return gradient;
  }
}
