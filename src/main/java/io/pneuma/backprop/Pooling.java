package io.pneuma.backprop;

import io.pneuma.backprop.Tape.Operand;
import io.pneuma.computation.Step.Pool;
import io.pneuma.onednn.Argument;
import io.pneuma.onednn.Form;
import io.pneuma.onednn.Primitive;
import java.util.HashMap;
import java.util.Map;

/** The largest or the mean value in each window, forward and backward. */
final class Pooling {
  private final Pool pool;
  private final Maps maps;
  private final Tape tape;
  private Primitive forward;
  private Operand workspace; // Where the largest values were; null for means.

  Pooling(Pool pool, Maps maps, Tape tape) {
    this.pool = pool;
    this.maps = maps;
    this.tape = tape;
  }

  void forward(Region source, Region output) {
    forward =
        maps.primitives()
            .pooling(
                maps.lies(pool.input()), maps.lies(pool.output()), pool.window(), pool.max(), true);
    Map<Integer, Operand> operands = new HashMap<>();
    operands.put(Argument.SOURCE, maps.operand(pool.input(), source));
    operands.put(Argument.TARGET, maps.operand(pool.output(), output));
    if (pool.max()) {
      Form lies = forward.workspace();
      workspace = new Operand(Region.of(lies.bytes()), lies);
      operands.put(Argument.WORKSPACE, workspace);
    }
    tape.add(forward, operands);
  }

  /** The gradient with respect to the input. */
  Region backward(Region outputGradient) {
    Primitive backward =
        maps.primitives()
            .poolingGradient(
                maps.lies(pool.input()),
                maps.lies(pool.output()),
                pool.window(),
                pool.max(),
                forward);
    Region gradient = maps.room(pool.input());
    Map<Integer, Operand> operands = new HashMap<>();
    operands.put(Argument.TARGET_GRADIENT, maps.operand(pool.output(), outputGradient));
    operands.put(Argument.SOURCE_GRADIENT, maps.operand(pool.input(), gradient));
    if (workspace != null) {
      operands.put(Argument.WORKSPACE, workspace);
    }
    tape.add(backward, operands);
    return gradient;
  }
}
