package io.pneuma.onednn;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Supplier;
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

  /** Keeps a form, likewise. */
  public Form keep(Form form) {
    keep(form.lies());
    return form;
  }

  /** Keeps a primitive, likewise, to be run. */
  public Primitive keep(Primitive primitive) {
    keep(primitive.code());
    return primitive;
  }

  /** Keeps arguments, to be closed with these parts. */
  public Arguments keep(Arguments arguments) {
    releases.push(arguments::close);
    return arguments;
  }

  /** Keeps a queue, likewise. */
  public Queue keep(Queue queue) {
    releases.push(queue::close);
    return queue;
  }

  /**
   * Stores parameters in the way that a primitive wants.
   *
   * @param from how the values lie
   * @param to how the primitive wants them
   */
  public Stored parameter(float[] values, Form from, Form to) {
    NativeBlock block = new NativeBlock(to.bytes());
    releases.push(block::close);
    Stored stored = new Stored(keep(to), block.at(0));
    copy(oneDnn, new Stored(from, new FloatPointer(values)), stored);
    return stored;
  }

  /** Copies an array to where it lies in another form. */
  public static void copy(OneDnn oneDnn, Stored from, Stored to) {
    scoped(
        () -> {
          Primitive copy = new Primitives(oneDnn).copy(from.form(), to.form());
          try (Queue queue = new Queue(oneDnn);
              Arguments arguments = new Arguments(oneDnn);
              NativeBlock room = new NativeBlock(copy.scratchpad())) {
            arguments.put(Argument.SOURCE, from);
            arguments.put(Argument.TARGET, to);
            arguments.put(Argument.SCRATCHPAD, Form.bytes(copy.scratchpad()), room.at(0));
            copy.run(queue, arguments);
            queue.await();
          }
          return to;
        });
  }

  @Override
  public void close() {
    while (!releases.isEmpty()) {
      releases.pop().run();
    }
  }
}
