package io.pneuma.backprop;

import io.pneuma.inference.NativeBlock;
import io.pneuma.inference.NativeParts;
import io.pneuma.inference.OneDnn;
import io.pneuma.inference.Packing;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.bytedeco.dnnl.IntMemoryMap;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.primitive;
import org.bytedeco.dnnl.primitive_desc_base;
import org.bytedeco.dnnl.reorder;
import org.bytedeco.dnnl.stream;

/** Operations in their order, first those of the forward pass and then those of the backward. */
final class Tape {
  /** An array and how its values lie in it. */
  record Operand(Region region, memory.desc lies) {}

  private record Operation(primitive code, Map<Integer, Operand> operands) {}

  private final OneDnn oneDnn;
  private final NativeParts parts;
  private final List<Operation> operations = new ArrayList<>();
  private final List<IntMemoryMap> arguments = new ArrayList<>();
  private final Set<Region> kept = new LinkedHashSet<>();
  private List<Region> regions;
  private Packing packing;
  private int turn;

  Tape(OneDnn oneDnn, NativeParts parts) {
    this.oneDnn = oneDnn;
    this.parts = parts;
  }

  /**
   * Adds an operation.
   *
   * @param chosen what the primitive was made of
   * @param operands by oneDNN's number of the argument
   */
  void add(primitive code, primitive_desc_base chosen, Map<Integer, Operand> operands) {
    Map<Integer, Operand> all = new HashMap<>(operands);
    long scratchpad = chosen.scratchpad_desc().get_size();
    if (scratchpad > 0) {
      Operand room = new Operand(Region.of(scratchpad), OneDnn.bytes(scratchpad));
      all.put(dnnl.DNNL_ARG_SCRATCHPAD, room);
    }
    for (Operand operand : all.values()) {
      operand.region().usedBy(operations.size());
      parts.keep(operand.lies());
    }
    operations.add(new Operation(parts.keep(code), all));
  }

  /** Adds a copy from one layout to another. */
  void copy(Operand from, Operand to) {
    var chosen = new reorder.primitive_desc(oneDnn.cpu(), from.lies(), oneDnn.cpu(), to.lies());
    add(new reorder(chosen), chosen, Map.of(dnnl.DNNL_ARG_FROM, from, dnnl.DNNL_ARG_TO, to));
  }

  /** Keeps what lies in a region over both passes. */
  Region keep(Region region) {
    kept.add(region);
    return region;
  }

  /** What is added from here on belongs to the backward pass. */
  void turn() {
    turn = operations.size();
  }

  /** Bytes of memory that all operations together need; nothing can be added any more. */
  long bytes() {
    if (packing == null) {
      for (Region region : kept) {
        region.usedBy(0);
        region.usedBy(operations.size());
      }
      Set<Region> all = new LinkedHashSet<>(kept);
      operations.forEach(
          operation -> operation.operands.values().forEach(operand -> all.add(operand.region())));
      regions = all.stream().filter(region -> !region.isPlaced()).toList();
      packing =
          new Packing(
              regions.stream()
                  .map(one -> new Packing.Life(one.bytes(), one.first(), one.last()))
                  .toList());
    }
    return packing.bytes();
  }

  /** Gives every region its place in a block of at least {@link #bytes}. */
  void bind(NativeBlock block) {
    for (int i = 0; i < regions.size(); i++) {
      regions.get(i).place(block.at(packing.offset(i)));
    }
    for (Operation operation : operations) {
      IntMemoryMap map = parts.keep(new IntMemoryMap());
      operation.operands.forEach(
          (argument, operand) ->
              map.put(argument, new memory(operand.lies, oneDnn.cpu(), operand.region().place())));
      arguments.add(map);
    }
  }

  void forward(stream queue) {
    run(queue, 0, turn);
  }

  void backward(stream queue) {
    run(queue, turn, operations.size());
  }

  private void run(stream queue, int from, int to) {
    for (int i = from; i < to; i++) {
      operations.get(i).code.execute(queue, arguments.get(i));
    }
    queue._wait();
  }
}
