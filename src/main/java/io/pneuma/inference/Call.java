package io.pneuma.inference;

import java.util.Map;
import org.bytedeco.dnnl.IntMemoryMap;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.stream;

/**
 * Work with what it is done on, one of oneDNN's primitives for the most part.
 *
 * @param images that it takes at a time
 * @param implementation oneDNN's name of the code that was chosen
 * @param parameters weights and the like, by oneDNN's number of the argument
 * @param maps feature maps, likewise
 * @param scratchpad bytes that it needs while it runs
 */
record Call(
    int images,
    Work code,
    String implementation,
    Map<Integer, memory> parameters,
    Map<Integer, Operand> maps,
    long scratchpad) {
  /** What is done, at once or in the order of the queue. */
  @FunctionalInterface
  interface Work {
    void run(stream queue, IntMemoryMap arguments);
  }

  /**
   * Feature maps, or a part of them.
   *
   * @param lies how they lie
   * @param offset bytes from where an image's feature maps of that name start
   */
  record Operand(String name, memory.desc lies, long offset) {}
}
