package io.pneuma.bench;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.ToDoubleFunction;

/** The turns of Pneuma and of one peer, each of which followed the other at once. */
final class Duel {
  private final List<Turn> pneuma = new ArrayList<>();
  private final List<Turn> peer = new ArrayList<>();

  void add(Turn ours, Turn theirs) {
    pneuma.add(ours);
    peer.add(theirs);
  }

  /** Median seconds of an item. */
  double pneumaSeconds() {
    return median(pneuma.stream().mapToDouble(Turn::seconds).toArray());
  }

  /** Median seconds of an item. */
  double peerSeconds() {
    return median(peer.stream().mapToDouble(Turn::seconds).toArray());
  }

  /** Median of the turns' ratios: how many times as fast as the peer Pneuma is. */
  double ratio() {
    return median(ratios(Turn::seconds));
  }

  double lowestRatio() {
    return Arrays.stream(ratios(Turn::seconds)).min().orElse(Double.NaN);
  }

  double highestRatio() {
    return Arrays.stream(ratios(Turn::seconds)).max().orElse(Double.NaN);
  }

  /** The same by processor time, which other programs on the machine disturb less. */
  double processorRatio() {
    return median(ratios(Turn::processorSeconds));
  }

  private double[] ratios(ToDoubleFunction<Turn> time) {
    double[] ratios = new double[pneuma.size()];
    for (int i = 0; i < ratios.length; i++) {
      ratios[i] = time.applyAsDouble(peer.get(i)) / time.applyAsDouble(pneuma.get(i));
    }
    return ratios;
  }

  static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    int middle = sorted.length / 2;
    if (sorted.length == 0) {
      return Double.NaN;
    }
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }
}
