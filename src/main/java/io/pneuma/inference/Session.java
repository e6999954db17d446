package io.pneuma.inference;

import io.pneuma.computation.Layout;
import io.pneuma.computation.Network;
import io.pneuma.computation.Shape;
import io.pneuma.onednn.Argument;
import io.pneuma.onednn.Arguments;
import io.pneuma.onednn.Form;
import io.pneuma.onednn.NativeBlock;
import io.pneuma.onednn.NativeParts;
import io.pneuma.onednn.OneDnn;
import io.pneuma.onednn.Queue;
import io.pneuma.onednn.Stored;
import io.pneuma.onednn.Work;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;

/** One worker's memory for a program. */
final class Session implements AutoCloseable {
  private final Program program;
  private final NativeBlock block;
  private final Queue queue;
  private final List<Turn> turns = new ArrayList<>();

  /** A call for some images of the batch, from this one on. */
  private record Turn(Work code, Arguments arguments, int first) {}

  Session(Program program) {
    this.program = program;
    block = new NativeBlock(bytes());
    queue = new Queue(program.oneDnn());
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

  private Arguments arguments(Call call, int first) {
    Arguments arguments = new Arguments(program.oneDnn());
    Placement placement = program.placement();
    return NativeParts.scoped(
        () -> {
          call.parameters().forEach(arguments::put);
          call.maps()
              .forEach(
                  (argument, operand) -> {
                    long start = placement.offset(operand.name(), first) + operand.offset();
                    arguments.put(argument, operand.lies(), block.at(start));
                  });
          if (call.scratchpad() > 0) {
            Form bytes = Form.bytes(call.scratchpad());
            arguments.put(Argument.SCRATCHPAD, bytes, block.at(placement.bytes()));
          }
          return arguments;
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
    queue.await();
  }

  /** From one channel after the other to all channels of a pixel side by side. */
  private void turn(Pointer pixels, int images, Shape shape, BytePointer to) {
    NativeParts.scoped(
        () -> {
          OneDnn oneDnn = program.oneDnn();
          NativeParts.copy(
              oneDnn,
              new Stored(oneDnn.maps(images, shape, Layout.BLOCKED), pixels),
              new Stored(oneDnn.maps(images, shape, Layout.ROWS), to));
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
