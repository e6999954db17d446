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
import io.pneuma.computation.Step.Norm;
import io.pneuma.computation.Step.Pool;
import io.pneuma.computation.Step.Resample;
import io.pneuma.computation.UnsupportedLayerException;
import io.pneuma.inference.Attributes;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.dnnl.binary;
import org.bytedeco.dnnl.concat;
import org.bytedeco.dnnl.eltwise_backward;
import org.bytedeco.dnnl.eltwise_forward;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.post_ops;

/** Activations, sums and concatenations, forward and backward. */
final class PlainSteps {
  /** Those whose gradient is told from what they gave, so that their input need not be kept. */
  private static final Map<Activation, Integer> BACKWARD =
      Map.of(
          Activation.RELU, dnnl.dnnl_eltwise_relu_use_dst_for_bwd,
          Activation.RELU6, dnnl.dnnl_eltwise_clip_v2_use_dst_for_bwd);

  private final Maps maps;
  private final Tape tape;

  PlainSteps(Maps maps, Tape tape) {
    this.maps = maps;
    this.tape = tape;
  }

  private static float bound(Activation activation) {
    return activation == Activation.RELU6 ? 6 : 0;
  }

  void activate(Activate step, Region source, Region output) {
    var chosen = activation(step.output(), step.activation());
    tape.add(
        new eltwise_forward(chosen),
        chosen,
        Map.of(
            dnnl.DNNL_ARG_SRC, maps.operand(step.input(), source),
            dnnl.DNNL_ARG_DST, maps.operand(step.output(), output)));
  }

  private eltwise_forward.primitive_desc activation(String name, Activation activation) {
    return new eltwise_forward.primitive_desc(
        new eltwise_forward.desc(
            dnnl.dnnl_forward_training,
            BACKWARD.get(activation),
            maps.lies(name),
            0,
            bound(activation)),
        Attributes.plain(),
        maps.oneDnn().cpu());
  }

  /**
   * Refuses a step that has no way back here.
   *
   * @throws UnsupportedLayerException naming it
   */
  static void require(Step step) {
    boolean known =
        step instanceof Activate activate
            ? BACKWARD.containsKey(activate.activation())
            : step instanceof Convolution conv
                ? !conv.window().isDilated() && (conv.groups() == 1 || isDepthwise(conv))
                : step instanceof Norm
                    || step instanceof Pool
                    || step instanceof Add
                    || step instanceof Resample
                    || step instanceof Concatenation;
    if (!known) {
      String what = step instanceof Activate activate ? " " + activate.activation() : "";
      throw new UnsupportedLayerException(
          GraphReader.vertex(step),
          "no gradient of a " + step.getClass().getSimpleName() + what + " here");
    }
  }

  private static boolean isDepthwise(Convolution conv) {
    return conv.groups() == conv.shape().channels();
  }

  /**
   * The gradient with respect to what an activation was given.
   *
   * @param value what it gave
   * @param gradient with respect to that
   * @param before where to write; may be the same
   */
  void activationGradient(
      String name, Activation activation, Region value, Region gradient, Region before) {
    memory.desc lies = maps.lies(name);
    var chosen =
        new eltwise_backward.primitive_desc(
            new eltwise_backward.desc(BACKWARD.get(activation), lies, lies, 0, bound(activation)),
            Attributes.plain(),
            maps.oneDnn().cpu(),
            activation(name, activation));
    tape.add(
        new eltwise_backward(chosen),
        chosen,
        Map.of(
            dnnl.DNNL_ARG_DST, maps.operand(name, value),
            dnnl.DNNL_ARG_DIFF_DST, maps.operand(name, gradient),
            dnnl.DNNL_ARG_DIFF_SRC, maps.operand(name, before)));
  }

  void add(Add add, Activation activation, Region left, Region right, Region output) {
    memory.desc lies = maps.lies(add.output());
    var chosen =
        new binary.primitive_desc(
            new binary.desc(dnnl.dnnl_binary_add, lies, lies, lies),
            Attributes.then(new post_ops(), activation),
            maps.oneDnn().cpu());
    tape.add(
        new binary(chosen),
        chosen,
        Map.of(
            dnnl.DNNL_ARG_SRC_0, new Operand(left, lies),
            dnnl.DNNL_ARG_SRC_1, new Operand(right, lies),
            dnnl.DNNL_ARG_DST, new Operand(output, lies)));
  }

  void concatenate(Concatenation all, List<Region> inputs, Region output) {
    int count = inputs.size();
    memory.desc sources = new memory.desc(count);
    Map<Integer, Operand> operands = new HashMap<>();
    for (int i = 0; i < count; i++) {
      Operand input = maps.operand(all.inputs().get(i), inputs.get(i));
      sources.getPointer(i).put(input.lies());
      operands.put(dnnl.DNNL_ARG_MULTIPLE_SRC + i, input);
    }
    operands.put(dnnl.DNNL_ARG_DST, maps.operand(all.output(), output));
    var chosen =
        new concat.primitive_desc(
            maps.lies(all.output()), 1, sources, maps.oneDnn().cpu(), Attributes.plain());
    tape.add(new concat(chosen), chosen, operands);
  }

  /** The gradient with respect to a concatenation's output, so that it can be cut in slices. */
  Operand sliceable(Concatenation all, Region gradient) {
    Operand blocked = maps.operand(all.output(), gradient);
    int block = maps.oneDnn().block();
    if (all.inputs().stream().allMatch(input -> maps.shapes().get(input).channels() % block == 0)) {
      return blocked;
    }
    memory.desc lies = maps.plain(all.output());
    Operand plain = new Operand(Region.of(lies.get_size()), lies);
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
    memory.desc part =
        sliceable
            .lies()
            .submemory_desc(
                new long[] {maps.rows(), shape.channels(), shape.height(), shape.width()},
                new long[] {0, from, 0, 0});
    Region gradient = maps.room(input);
    tape.copy(new Operand(sliceable.region(), part), maps.operand(input, gradient));
    return gradient;
  }
}
