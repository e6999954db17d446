package io.pneuma.inference;

import io.pneuma.computation.Layout;
import io.pneuma.computation.Network;
import io.pneuma.computation.Shape;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.dnnl.IntMemoryMap;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.reorder;
import org.bytedeco.dnnl.stream;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;

/** One worker's memory for a program. */
final class Session implements AutoCloseable {
  private final Program program;
  private final NativeBlock block;
  private final stream queue;
  private final List<Turn> turns = new ArrayList<>();

  /** A call for some images of the batch, from this one on. */
  private record Turn(Call.Work code, IntMemoryMap arguments, int first) {}

  Session(Program program) {
    this.program = program;
    block = new NativeBlock(bytes());
    queue = new stream(program.oneDnn().cpu());
    for (Program.Part part : program.parts()) {
      for (int first = 0; first < program.batch(); first += part.images()) {
        for (Call call : part.calls()) {
          for (int image = first; image < first + part.images(); image += call.images()) {
            turns.add(new Turn(call.code(), arguments(call, image), image));
          }
        }
      }
    }
  }

  /** Of its memory. */
  long bytes() {
    return program.placement().bytes() + program.scratchpad();
  }

  private IntMemoryMap arguments(Call call, int first) {
    IntMemoryMap map = new IntMemoryMap();
    OneDnn oneDnn = program.oneDnn();
    Placement placement = program.placement();
    return NativeParts.scoped(
        () -> {
          call.parameters().forEach(map::put);
          call.maps()
              .forEach(
                  (argument, operand) -> {
                    long start = placement.offset(operand.name(), first) + operand.offset();
                    map.put(argument, new memory(operand.lies(), oneDnn.cpu(), block.at(start)));
                  });
          if (call.scratchpad() > 0) {
            memory.desc bytes = OneDnn.bytes(call.scratchpad());
            BytePointer place = block.at(placement.bytes());
            map.put(dnnl.DNNL_ARG_SCRATCHPAD, new memory(bytes, oneDnn.cpu(), place));
          }
          return map;
        });
  }

  /**
   * Computes the features of at most a batch of images.
   *
   * @param pixels images x channels x height x width
   * @param features room for images x features, filled from {@code first} on
   */
  void run(Pointer pixels, int images, float[] features, int first) {
    run(pixels, images);
    int width = program.width();
    long stored = program.bytes(new Shape(width, 1, 1));
    for (int image = 0; image < images; image++) {
      new FloatPointer(output().getPointer(image * stored))
          .get(features, (first + image) * width, width);
    }
  }

  /** Computes what the program gives of at most a batch of images, into {@link #output}. */
  void run(Pointer pixels, int images) {
    Network network = program.network();
    BytePointer input = block.at(program.placement().offset(network.input(), 0));
    if (program.layout() == Layout.ROWS) {
      turn(pixels, images, network.image(), input);
    } else {
      Pointer.memcpy(input, pixels, images * program.bytes(network.image()));
    }
    for (Turn turn : turns) {
      if (turn.first < images) {
        turn.code.run(queue, turn.arguments);
      }
    }
    queue._wait();
  }

  /** From one channel after the other to all channels of a pixel side by side. */
  private void turn(Pointer pixels, int images, Shape shape, BytePointer to) {
    NativeParts.scoped(
        () -> {
          OneDnn oneDnn = program.oneDnn();
          memory.desc given = oneDnn.maps(images, shape, Layout.BLOCKED);
          memory.desc wanted = oneDnn.maps(images, shape, Layout.ROWS);
          memory from = new memory(given, oneDnn.cpu(), pixels);
          memory turned = new memory(wanted, oneDnn.cpu(), to);
          new reorder(from, turned).execute(queue, from, turned);
          queue._wait();
          return to;
        });
  }

  /** Where what the program gives lies, as {@link OneDnn#maps} says. */
  BytePointer output() {
    return block.at(program.placement().offset(program.network().output(), 0));
  }

  @Override
  public void close() {
    turns.forEach(turn -> turn.arguments.close());
    queue.close();
    block.close();
  }
}
