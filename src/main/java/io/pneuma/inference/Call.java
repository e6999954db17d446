package io.pneuma.inference;

import io.pneuma.onednn.Argument;
import io.pneuma.onednn.Form;
import io.pneuma.onednn.NativeParts;
import io.pneuma.onednn.Primitive;
import io.pneuma.onednn.Primitives;
import io.pneuma.onednn.Stored;
import io.pneuma.onednn.Work;
import java.util.Map;

/**
 * Work with what it is done on, one of oneDNN's primitives for the most part.
 *
 * @param images that it takes at a time
 * @param implementation oneDNN's name of the code that was chosen
 * @param parameters weights and the like, by the argument's number
 * @param maps feature maps, likewise
 * @param scratchpad bytes that it needs while it runs
 */
record Call(
    int images,
    Work code,
    String implementation,
    Map<Integer, Stored> parameters,
    Map<Integer, Operand> maps,
    long scratchpad) {
  /**
   * Feature maps, or a part of them.
   *
   * @param lies how they lie
   * @param offset bytes from where an image's feature maps of that name start
   */
  record Operand(String name, Form lies, long offset) {}

  /** A call that copies maps, or a part of them, to where they lie in another form. */
  static Call copy(NativeParts parts, int images, Primitives primitives, Operand from, Operand to) {
    Map<Integer, Operand> maps = Map.of(Argument.SOURCE, from, Argument.TARGET, to);
    return of(parts, images, primitives.copy(from.lies(), to.lies()), Map.of(), maps);
  }

  /**
   * A call of a primitive.
   *
   * @param parts that keep it
   */
  static Call of(
      NativeParts parts,
      int images,
      Primitive primitive,
      Map<Integer, Stored> parameters,
      Map<Integer, Operand> maps) {
    maps.values().forEach(operand -> parts.keep(operand.lies()));
    return new Call(
        images,
        parts.keep(primitive),
        primitive.implementation(),
        parameters,
        maps,
        primitive.scratchpad());
  }
}
