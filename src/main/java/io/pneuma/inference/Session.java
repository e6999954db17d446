package io.pneuma.inference;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.bytedeco.dnnl.IntMemoryMap;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.stream;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;

/** One worker's memory for a program. */
final class Session implements AutoCloseable {
  private final Program program;
  private final NativeBlock block;
  private final stream queue;
  private final List<IntMemoryMap> arguments = new ArrayList<>();

  Session(Program program) {
    this.program = program;
    OneDnn oneDnn = program.oneDnn();
    Placement placement = program.placement();
    Map<String, Shape> shapes = program.network().shapes();
    block = new NativeBlock(placement.bytes() + program.scratchpad());
    queue = new stream(oneDnn.cpu());
    for (Call call : program.calls()) {
      IntMemoryMap map = new IntMemoryMap();
      arguments.add(map);
      NativeParts.scoped(
          () -> {
            call.parameters().forEach(map::put);
            call.maps()
                .forEach(
                    (argument, name) -> {
                      memory.desc lies = oneDnn.maps(program.batch(), shapes.get(name));
                      BytePointer place = block.at(placement.offset(name));
                      map.put(argument, new memory(lies, oneDnn.cpu(), place));
                    });
            if (call.scratchpad() > 0) {
              memory.desc bytes = OneDnn.bytes(call.scratchpad());
              BytePointer place = block.at(placement.bytes());
              map.put(dnnl.DNNL_ARG_SCRATCHPAD, new memory(bytes, oneDnn.cpu(), place));
            }
            return map;
          });
    }
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
    long stored = program.oneDnn().bytes(1, new Shape(width, 1, 1));
    for (int image = 0; image < images; image++) {
      new FloatPointer(output().getPointer(image * stored))
          .get(features, (first + image) * width, width);
    }
  }

  /** Computes what the program gives of at most a batch of images, into {@link #output}. */
  void run(Pointer pixels, int images) {
    Network network = program.network();
    BytePointer input = block.at(program.placement().offset(network.input()));
    Pointer.memcpy(input, pixels, images * program.oneDnn().bytes(1, network.image()));
    for (int i = 0; i < arguments.size(); i++) {
      program.calls().get(i).code().execute(queue, arguments.get(i));
    }
    queue._wait();
  }

  /** Where what the program gives lies, as {@link OneDnn#maps} says. */
  BytePointer output() {
    return block.at(program.placement().offset(program.network().output()));
  }

  @Override
  public void close() {
    arguments.forEach(Pointer::close);
    queue.close();
    block.close();
  }
}
