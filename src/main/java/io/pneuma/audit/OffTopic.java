package io.pneuma.audit;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Images unlike the others of their folder. An image has several parts: its features, its grey
 * layout, its colour. In the first two its distance to the k-th nearest other image counts (Sun et
 * al., "Out-of-distribution detection with deep nearest neighbors", ICML 2022), in units of how far
 * the distances of ordinary images spread; the part in which it is strangest decides.
 */
final class OffTopic {
  /** How strange an image must be to be called off topic; docs/decisions/audit.md. */
  static final double THRESHOLD = 8;

  /** So many images of one strange kind may stand in a folder and still be far from their k-th. */
  private static final double SHARE = 0.02;

  private static final int LEAST_NEIGHBOURS = 5;

  /** Colour that no eye sees: a unit for folders that are all grey. */
  private static final double LEAST_COLOUR = 0.01;

  private OffTopic() {}

  /**
   * An image and how strange it is.
   *
   * @param strangeness 0 for an ordinary image, 1 for one of the upper quartile of distances
   * @param part in which it is strangest
   */
  record Stranger(int image, double strangeness, String part) {}

  /** All images, the strangest first. */
  static List<Stranger> rank(float[][] features, List<Look> looks) {
    int count = looks.size();
    if (count < 2) {
      return List.of();
    }
    int k = Math.min(count - 1, Math.max(LEAST_NEIGHBOURS, (int) Math.round(SHARE * count)));
    Map<String, double[]> parts = new LinkedHashMap<>();
    parts.put("features", inUnits(Neighbours.distance(features, k), 0));
    float[][] layouts = looks.stream().map(Look::layout).toArray(float[][]::new);
    parts.put("where it is bright", inUnits(Neighbours.distance(layouts, k), 0));
    double[] colours = looks.stream().mapToDouble(Look::colour).toArray();
    parts.put("colour", inUnits(colours, LEAST_COLOUR));
    return IntStream.range(0, count)
        .mapToObj(image -> strangest(image, parts))
        .sorted(Comparator.comparingDouble(Stranger::strangeness).reversed())
        .toList();
  }

  private static Stranger strangest(int image, Map<String, double[]> parts) {
    List<Stranger> each = new ArrayList<>();
    parts.forEach((name, values) -> each.add(new Stranger(image, values[image], name)));
    return each.stream().max(Comparator.comparingDouble(Stranger::strangeness)).orElseThrow();
  }

  /** Less the median, over the upper quartile's distance from it. */
  private static double[] inUnits(double[] values, double leastUnit) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    double median = sorted[sorted.length / 2];
    double unit = Math.max(leastUnit, sorted[sorted.length * 3 / 4] - median);
    return Arrays.stream(values)
        .map(value -> (value - median) / (unit > 0 ? unit : Double.MIN_NORMAL))
        .toArray();
  }
}
