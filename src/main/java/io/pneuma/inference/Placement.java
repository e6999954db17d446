package io.pneuma.inference;

import io.pneuma.computation.Network;
import io.pneuma.computation.Shape;
import io.pneuma.computation.Step;
import io.pneuma.computation.Step.Concatenation;
import io.pneuma.computation.Step.Convolution;
import io.pneuma.inference.Packing.Life;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.ToLongFunction;

/**
 * Where in one block of memory each feature map lies while it is needed. A sum is made where its
 * addend was. The inputs of a concatenation may be made side by side, image by image, so that it
 * costs nothing. What is needed in one stretch alone has room for a slice, which the next slice
 * takes over.
 */
final class Placement {
  /** Inside another feature map, this many bytes behind its start. */
  private record Home(String name, long offset) {}

  /** When a step runs, from its stretch's first slice to its last. */
  private record Span(int stretch, int images, int first, int last) {}

  private final Network network;
  private final ToLongFunction<Shape> bytes;
  private final int batch;
  private final Map<String, Shape> shapes;
  private final List<Span> spans = new ArrayList<>(); // Of the steps.
  private final Map<String, Integer> made = new HashMap<>();
  private final Map<String, Integer> lastUse = new HashMap<>();
  private final Map<String, Home> homes = new HashMap<>();
  private final Set<String> joined = new HashSet<>(); // Inputs and outputs of free concatenations.
  private final Set<String> whole = new HashSet<>(); // With room for the whole batch.
  private final Map<String, Long> offsets = new HashMap<>();
  private long end;

  /**
   * Places all feature maps of a network.
   *
   * @param stretches its steps in order
   * @param batch images
   * @param bytes of one image's feature maps of a shape
   * @param block channels that lie together, of which a free concatenation's inputs have a multiple
   * @param join whether to make the inputs of concatenations side by side
   */
  Placement(
      Network network,
      List<Stretch> stretches,
      int batch,
      ToLongFunction<Shape> bytes,
      int block,
      boolean join) {
    this.network = network;
    this.batch = batch;
    this.bytes = bytes;
    this.shapes = network.shapes();
    findSpans(stretches);
    findLives();
    for (Step step : network.steps()) {
      if (join && step instanceof Concatenation concatenation) {
        joinInputs(concatenation, block);
      }
    }
    for (int i = 0; i < network.steps().size(); i++) {
      if (network.steps().get(i) instanceof Convolution conv) {
        sumInPlace(conv, i);
      }
    }
    findWhole();
    pack();
  }

  private void findSpans(List<Stretch> stretches) {
    for (int i = 0; i < stretches.size(); i++) {
      Stretch stretch = stretches.get(i);
      int start = spans.size();
      int end = start + stretch.steps().size();
      boolean sliced = stretch.images() < batch;
      for (int step = start; step < end; step++) {
        int first = sliced ? start : step;
        int last = sliced ? end - 1 : step;
        spans.add(new Span(i, stretch.images(), first, last));
      }
    }
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

  private void findWhole() {
    whole.add(root(network.input()));
    whole.add(root(network.output()));
    for (Step step : network.steps()) {
      String name = step.output();
      if (!name.equals(network.output())
          && spans.get(made.get(name)).stretch != spans.get(lastUse.get(name)).stretch) {
        whole.add(root(name));
      }
    }
  }

  private void pack() {
    Map<String, Life> lives = new TreeMap<>();
    for (Map.Entry<String, Integer> one : made.entrySet()) {
      String name = one.getKey();
      String root = root(name);
      int first = one.getValue();
      int last = lastUse.getOrDefault(name, first);
      int images = batch;
      if (!whole.contains(root)) {
        images = spans.get(first).images;
      } else {
        first = first < 0 ? first : spans.get(first).first;
        last = last < spans.size() ? spans.get(last).last : last;
      }
      Life own = new Life(images * bytes.applyAsLong(shapes.get(root)), first, last);
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

  /** Where the feature maps of an image start, and of those that its slice has behind it. */
  long offset(String name, int image) {
    String root = root(name);
    int before = whole.contains(root) ? image : image % spans.get(made.get(root)).images;
    return start(name) + before * bytes.applyAsLong(shapes.get(root));
  }

  private long start(String name) {
    Home home = homes.get(name);
    return home == null ? offsets.get(name) : start(home.name) + home.offset;
  }

  /** Whether a convolution finds its addend, if any, where its output will be. */
  boolean isReady(Convolution conv) {
    return conv.addend().equals(Convolution.NO_ADDEND)
        || start(conv.addend()) == start(conv.output());
  }

  /** Whether images lie apart in what a step takes or makes, so that it takes one at a time. */
  boolean isSingle(Step step) {
    return joined.contains(step.output()) || step.inputs().stream().anyMatch(joined::contains);
  }

  /** Whether a concatenation has its inputs where they have to be. */
  boolean isFree(Concatenation step) {
    return homes.containsKey(step.inputs().get(0))
        && homes.get(step.inputs().get(0)).name.equals(step.output());
  }
}
