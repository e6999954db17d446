package io.pneuma.backprop;

import io.pneuma.backprop.Tape.Operand;
import io.pneuma.computation.Step.Pool;
import io.pneuma.computation.Window;
import io.pneuma.inference.Attributes;
import java.util.HashMap;
import java.util.Map;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.pooling_backward;
import org.bytedeco.dnnl.pooling_forward;

/** The largest or the mean value in each window, forward and backward. */
final class Pooling {
  private final Pool pool;
  private final Maps maps;
  private final Tape tape;
  private final int algorithm;
  private pooling_forward.primitive_desc forward;
  private Operand workspace; // Where the largest values were; null for means.

  Pooling(Pool pool, Maps maps, Tape tape) {
    this.pool = pool;
    this.maps = maps;
    this.tape = tape;
    this.algorithm = pool.max() ? dnnl.dnnl_pooling_max : dnnl.dnnl_pooling_avg_exclude_padding;
  }

  void forward(Region source, Region output) {
    Window window = pool.window();
    forward =
        new pooling_forward.primitive_desc(
            new pooling_forward.desc(
                dnnl.dnnl_forward_training,
                algorithm,
                maps.lies(pool.input()),
                maps.lies(pool.output()),
                window.strides(),
                window.kernel(),
                window.before(),
                window.after()),
            Attributes.plain(),
            maps.oneDnn().cpu());
    Map<Integer, Operand> operands = new HashMap<>();
    operands.put(dnnl.DNNL_ARG_SRC, maps.operand(pool.input(), source));
    operands.put(dnnl.DNNL_ARG_DST, maps.operand(pool.output(), output));
    if (pool.max()) {
      memory.desc lies = forward.workspace_desc();
      workspace = new Operand(Region.of(lies.get_size()), lies);
      operands.put(dnnl.DNNL_ARG_WORKSPACE, workspace);
    }
    tape.add(new pooling_forward(forward), forward, operands);
  }

  /** The gradient with respect to the input. */
  Region backward(Region outputGradient) {
    Window window = pool.window();
    var chosen =
        new pooling_backward.primitive_desc(
            new pooling_backward.desc(
                algorithm,
                maps.lies(pool.input()),
                maps.lies(pool.output()),
                window.strides(),
                window.kernel(),
                window.before(),
                window.after()),
            Attributes.plain(),
            maps.oneDnn().cpu(),
            forward);
    Region gradient = maps.room(pool.input());
    Map<Integer, Operand> operands = new HashMap<>();
    operands.put(dnnl.DNNL_ARG_DIFF_DST, maps.operand(pool.output(), outputGradient));
    operands.put(dnnl.DNNL_ARG_DIFF_SRC, maps.operand(pool.input(), gradient));
    if (workspace != null) {
      operands.put(dnnl.DNNL_ARG_WORKSPACE, workspace);
    }
    tape.add(new pooling_backward(chosen), chosen, operands);
    return gradient;
  }
}
