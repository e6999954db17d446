package io.pneuma.inference;

import io.pneuma.inference.Packing.Life;
import io.pneuma.inference.Step.Concatenation;
import io.pneuma.inference.Step.Convolution;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.ToLongFunction;

/**
 * Where in one block of memory each feature map lies while it is needed. A sum is made where its
 * addend was. With one image at a time the inputs of a concatenation are made side by side, so that
 * it costs nothing.
 */
final class Placement {
  /** Inside another feature map, this many bytes behind its start. */
  private record Home(String name, long offset) {}

  private final Network network;
  private final ToLongFunction<Shape> bytes;
  private final Map<String, Shape> shapes;
  private final Map<String, Integer> made = new HashMap<>();
  private final Map<String, Integer> lastUse = new HashMap<>();
  private final Map<String, Home> homes = new HashMap<>();
  private final Set<String> joined = new HashSet<>(); // Inputs and outputs of free concatenations.
  private final Map<String, Long> offsets = new HashMap<>();
  private long end;

  /**
   * Places all feature maps of a network.
   *
   * @param bytes of one batch of feature maps of a shape
   * @param block channels that lie together, of which a free concatenation's inputs have a multiple
   * @param single whether there is one image at a time
   */
  Placement(Network network, ToLongFunction<Shape> bytes, int block, boolean single) {
    this.network = network;
    this.bytes = bytes;
    this.shapes = network.shapes();
    findLives();
    for (Step step : network.steps()) {
      if (single && step instanceof Concatenation concatenation) {
        joinInputs(concatenation, block);
      }
    }
    for (int i = 0; i < network.steps().size(); i++) {
      if (network.steps().get(i) instanceof Convolution conv) {
        sumInPlace(conv, i);
      }
    }
    pack();
  }

  private void findLives() {
    made.put(network.input(), -1);
    for (int i = 0; i < network.steps().size(); i++) {
      made.put(network.steps().get(i).output(), i);
      lastUse.put(network.steps().get(i).output(), i);
      for (String input : network.steps().get(i).inputs()) {
        lastUse.put(input, i);
      }
    }
    lastUse.put(network.output(), network.steps().size());
  }

  private void joinInputs(Concatenation step, int block) {
    Set<String> distinct = new HashSet<>(step.inputs());
    boolean free =
        distinct.size() == step.inputs().size()
            && step.inputs().stream()
                .allMatch(
                    input ->
                        shapes.get(input).channels() % block == 0
                            && !homes.containsKey(input)
                            && !input.equals(network.input()));
    if (!free) {
      return;
    }
    long offset = 0;
    for (String input : step.inputs()) {
      homes.put(input, new Home(step.output(), offset));
      offset += bytes.applyAsLong(shapes.get(input));
      joined.add(input);
    }
    joined.add(step.output());
  }

  private void sumInPlace(Convolution conv, int position) {
    String addend = conv.addend();
    if (!addend.equals(Convolution.NO_ADDEND)
        && !addend.equals(network.input())
        && lastUse.get(addend) == position
        && !homes.containsKey(conv.output())
        && !joined.contains(root(addend))
        && !joined.contains(conv.output())
        && !root(addend).equals(root(conv.input()))) {
      homes.put(conv.output(), new Home(addend, 0));
    }
  }

  private String root(String name) {
    return homes.containsKey(name) ? root(homes.get(name).name) : name;
  }

  private void pack() {
    Map<String, Life> lives = new TreeMap<>();
    for (Map.Entry<String, Integer> one : made.entrySet()) {
      String root = root(one.getKey());
      int last = lastUse.getOrDefault(one.getKey(), one.getValue());
      Life own = new Life(bytes.applyAsLong(shapes.get(root)), one.getValue(), last);
      lives.merge(root, own, Placement::both);
    }
    Packing packing = new Packing(List.copyOf(lives.values()));
    for (String name : lives.keySet()) {
      offsets.put(name, packing.offset(offsets.size()));
    }
    end = packing.bytes();
  }

  private static Life both(Life one, Life other) {
    return new Life(
        one.bytes(), Math.min(one.first(), other.first()), Math.max(one.last(), other.last()));
  }

  /** Bytes of the whole block. */
  long bytes() {
    return end;
  }

  /** Where a feature map starts. */
  long offset(String name) {
    Home home = homes.get(name);
    return home == null ? offsets.get(name) : offset(home.name) + home.offset;
  }

  /** Whether a convolution finds its addend, if any, where its output will be. */
  boolean isReady(Convolution conv) {
    return conv.addend().equals(Convolution.NO_ADDEND)
        || offset(conv.addend()) == offset(conv.output());
  }

  /** Whether a concatenation has its inputs where they have to be. */
  boolean isFree(Concatenation step) {
    return homes.containsKey(step.inputs().get(0))
        && homes.get(step.inputs().get(0)).name.equals(step.output());
  }
}
