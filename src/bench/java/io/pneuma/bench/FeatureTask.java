package io.pneuma.bench;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/** The features of the same images by one network or several, each in its best way. */
final class FeatureTask implements Task {
  /** Images that are there; every batch size divides it. */
  static final int IMAGES = 64;

  /**
   * How often a round takes them where threads work side by side, so that waiting for the others at
   * its end weighs no more than it does in a long job.
   */
  static final int TIMES = 4;

  static final int SIZE = 224;
  static final int IMAGE_FLOATS = 3 * SIZE * SIZE;

  private static final int CHECKED = 2;
  private final List<Way> networks;

  private FeatureTask(List<Way> networks) {
    this.networks = networks;
  }

  /** One way to have a network's features. */
  interface Way extends AutoCloseable {
    /** Its settings, in words. */
    String setup();

    /** The features of all the images, in C order. */
    float[] features();

    /** Computes them so many times. */
    default void features(int times) {
      for (int i = 0; i < times; i++) {
        features();
      }
    }

    /** Whether threads work side by side and wait for each other at the end alone. */
    default boolean isSideBySide() {
      return false;
    }

    @Override
    void close();
  }

  /** For each network the fastest of its ways. */
  static Task of(List<List<Supplier<Way>>> networks) {
    return new FeatureTask(networks.stream().map(FeatureTask::fastest).toList());
  }

  private static Way fastest(List<Supplier<Way>> ways) {
    if (ways.size() == 1) {
      return ways.get(0).get();
    }
    Way best = null;
    long least = Long.MAX_VALUE;
    for (Supplier<Way> supplier : ways) {
      Way way = supplier.get();
      way.features(); // Warm.
      long start = System.nanoTime();
      way.features();
      long taken = System.nanoTime() - start;
      System.err.println(way.setup() + ": " + taken / 1_000_000 + " ms");
      Way slower = taken < least ? best : way;
      best = taken < least ? way : best;
      least = Math.min(least, taken);
      if (slower != null) {
        slower.close();
      }
    }
    return best;
  }

  @Override
  public String setup() {
    return networks.stream().map(Way::setup).distinct().collect(Collectors.joining("; "));
  }

  @Override
  public double[] check() {
    List<Double> all = new ArrayList<>();
    for (Way network : networks) {
      float[] features = network.features();
      for (float value : Arrays.copyOf(features, features.length / IMAGES * CHECKED)) {
        all.add((double) value);
      }
    }
    return all.stream().mapToDouble(value -> value).toArray();
  }

  @Override
  public int run() {
    int times = networks.stream().anyMatch(Way::isSideBySide) ? TIMES : 1;
    networks.forEach(network -> network.features(times));
    return times * IMAGES;
  }

  @Override
  public void close() {
    networks.forEach(Way::close);
  }
}
