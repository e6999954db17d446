package io.pneuma.inference;

import java.util.Map;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.primitive;

/**
 * A primitive with what it is called on.
 *
 * @param images that it takes at a time
 * @param code the primitive
 * @param implementation oneDNN's name of the code that was chosen
 * @param parameters weights and the like, by oneDNN's number of the argument
 * @param maps feature maps, likewise
 * @param scratchpad bytes that it needs while it runs
 */
record Call(
    int images,
    primitive code,
    String implementation,
    Map<Integer, memory> parameters,
    Map<Integer, Operand> maps,
    long scratchpad) {
  /**
   * Feature maps, or a part of them.
   *
   * @param lies how they lie
   * @param offset bytes from where an image's feature maps of that name start
   */
  record Operand(String name, memory.desc lies, long offset) {}
}
