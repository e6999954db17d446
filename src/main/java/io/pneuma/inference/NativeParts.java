package io.pneuma.inference;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.function.Supplier;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.primitive;
import org.bytedeco.dnnl.primitive_desc_base;
import org.bytedeco.dnnl.reorder;
import org.bytedeco.dnnl.stream;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerScope;

/** What a program holds outside the heap: its primitives and their parameters. */
public final class NativeParts implements AutoCloseable {
  private final OneDnn oneDnn;
  private final Deque<Runnable> releases = new ArrayDeque<>();

  /** Nothing yet. */
  public NativeParts(OneDnn oneDnn) {
    this.oneDnn = oneDnn;
  }

  /** Releases whatever is made on the way, but for what was kept. */
  @SuppressWarnings({"try", "unchecked"}) // A scope works by being there; its varargs are generic.
  public static <T> T scoped(Supplier<T> work) {
    try (PointerScope scope = new PointerScope()) {
      return work.get();
    }
  }

  /** Keeps a pointer beyond the scope in which it was made. */
  public <P extends Pointer> P keep(P pointer) {
    pointer.retainReference();
    releases.push(pointer::releaseReference);
    return pointer;
  }

  /**
   * Stores parameters in the way that a primitive wants.
   *
   * @param from how the values lie
   * @param to how the primitive wants them
   */
  public memory parameter(float[] values, memory.desc from, memory.desc to) {
    NativeBlock block = new NativeBlock(to.get_size());
    releases.push(block::close);
    memory stored = keep(new memory(to, oneDnn.cpu(), block.at(0)));
    memory source = new memory(from, oneDnn.cpu(), new FloatPointer(values));
    stream queue = new stream(oneDnn.cpu());
    new reorder(source, stored).execute(queue, source, stored);
    queue._wait();
    return stored;
  }

  /**
   * A call that keeps its primitive.
   *
   * @param images that it takes at a time
   * @param chosen what the primitive was made of
   */
  Call call(
      int images,
      primitive code,
      primitive_desc_base chosen,
      Map<Integer, memory> parameters,
      Map<Integer, Call.Operand> maps) {
    String implementation = chosen.impl_info_str().getString();
    long scratchpad = chosen.scratchpad_desc().get_size();
    maps.values().forEach(operand -> keep(operand.lies()));
    return new Call(images, keep(code)::execute, implementation, parameters, maps, scratchpad);
  }

  /** A call that copies maps, or a part of them, to where they lie in another way. */
  Call copy(int images, Call.Operand from, Call.Operand to) {
    var chosen = new reorder.primitive_desc(oneDnn.cpu(), from.lies(), oneDnn.cpu(), to.lies());
    return call(
        images,
        new reorder(chosen),
        chosen,
        Map.of(),
        Map.of(dnnl.DNNL_ARG_FROM, from, dnnl.DNNL_ARG_TO, to));
  }

  @Override
  public void close() {
    while (!releases.isEmpty()) {
      releases.pop().run();
    }
  }
}
