package io.pneuma.backprop;

import io.pneuma.inference.Packing;
import io.pneuma.onednn.Argument;
import io.pneuma.onednn.Arguments;
import io.pneuma.onednn.Form;
import io.pneuma.onednn.NativeBlock;
import io.pneuma.onednn.NativeParts;
import io.pneuma.onednn.OneDnn;
import io.pneuma.onednn.Primitive;
import io.pneuma.onednn.Primitives;
import io.pneuma.onednn.Queue;
import io.pneuma.onednn.Work;
import io.pneuma.platform.Threads;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/** Operations in their order, first those of the forward pass and then those of the backward. */
final class Tape {
  /** An array and how its values lie in it. */
  record Operand(Region region, Form lies) {}

  private record Operation(Work code, Map<Integer, Operand> operands) {}

  private final OneDnn oneDnn;
  private final Threads threads;
  private final Primitives primitives;
  private final NativeParts parts;
  private final List<Operation> operations = new ArrayList<>();
  private final List<Arguments> arguments = new ArrayList<>();
  private final Set<Region> kept = new LinkedHashSet<>();
  private List<Region> regions;
  private Packing packing;
  private int turn;

  Tape(OneDnn oneDnn, Threads threads, NativeParts parts) {
    this.oneDnn = oneDnn;
    this.threads = threads;
    this.primitives = new Primitives(oneDnn);
    this.parts = parts;
  }

  /**
   * Adds an operation.
   *
   * @param operands by the argument's number
   */
  void add(Primitive code, Map<Integer, Operand> operands) {
    Map<Integer, Operand> all = new HashMap<>(operands);
    if (code.scratchpad() > 0) {
      Form room = Form.bytes(code.scratchpad());
      all.put(Argument.SCRATCHPAD, new Operand(Region.of(code.scratchpad()), room));
    }
    put(parts.keep(code), all);
  }

  /**
   * Adds an operation of ours.
   *
   * @param pieces of its work, which threads share
   */
  void addOwn(Function<Arguments, List<Runnable>> pieces, Map<Integer, Operand> operands) {
    put(
        (queue, arguments) -> {
          queue.await();
          threads.run(pieces.apply(arguments));
        },
        operands);
  }

  private void put(Work code, Map<Integer, Operand> operands) {
    for (Operand operand : operands.values()) {
      operand.region().usedBy(operations.size());
      parts.keep(operand.lies());
    }
    operations.add(new Operation(code, operands));
  }

  /** Adds an operation on two arrays. */
  void add(Primitive code, Operand left, Operand right, Operand target) {
    add(
        code,
        Map.of(Argument.SOURCE, left, Argument.SECOND_SOURCE, right, Argument.TARGET, target));
  }

  /** Adds a copy from one layout to another. */
  void copy(Operand from, Operand to) {
    add(
        primitives.copy(from.lies(), to.lies()),
        Map.of(Argument.SOURCE, from, Argument.TARGET, to));
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
      Arguments places = parts.keep(new Arguments(oneDnn));
      arguments.add(places);
      operation.operands.forEach(
          (argument, operand) -> places.put(argument, operand.lies, operand.region().place()));
    }
  }

  void forward(Queue queue) {
    run(queue, 0, turn);
  }

  void backward(Queue queue) {
    run(queue, turn, operations.size());
  }

  private void run(Queue queue, int from, int to) {
    for (int i = from; i < to; i++) {
      operations.get(i).code.run(queue, arguments.get(i));
    }
    queue.await();
  }
}
