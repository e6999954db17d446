package io.pneuma.explain;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;

/** The connected regions of a map that speak most for the class. */
final class Regions {
  /** The share of the greatest value from which on a place belongs to a region. */
  static final double THRESHOLD = 0.5;

  /** A region of less than this share of what speaks for the class is a speck. */
  private static final double LEAST_SCORE = 0.01;

  private Regions() {}

  /**
   * The box around a region, in shares of the image's width and height.
   *
   * @param area of the region itself, as a share of the image
   * @param score the share that the region holds of all that speaks for the class
   */
  record Region(double x, double y, double width, double height, double area, double score) {}

  /** Those of a map, the one that speaks most first; none where nothing speaks for the class. */
  static List<Region> of(Heatmap map) {
    Heatmap positive = map.positive();
    float least = (float) (THRESHOLD * positive.most());
    List<Region> regions = new ArrayList<>();
    if (least <= 0) {
      return regions;
    }
    boolean[] seen = new boolean[positive.values().length];
    for (int i = 0; i < seen.length; i++) {
      if (!seen[i] && positive.values()[i] >= least) {
        regions.add(region(positive, i, least, seen));
      }
    }
    regions.removeIf(region -> region.score() < LEAST_SCORE);
    regions.sort(Comparator.comparingDouble(Region::score).reversed());
    return regions;
  }

  /** Places that touch by a side belong together. */
  private static Region region(Heatmap map, int first, float least, boolean[] seen) {
    int left = map.width();
    int right = -1;
    int top = map.height();
    int bottom = -1;
    int area = 0;
    double sum = 0;
    Deque<Integer> open = new ArrayDeque<>(List.of(first));
    seen[first] = true;
    while (!open.isEmpty()) {
      int at = open.pop();
      int row = at / map.width();
      int column = at % map.width();
      left = Math.min(left, column);
      right = Math.max(right, column);
      top = Math.min(top, row);
      bottom = Math.max(bottom, row);
      area++;
      sum += map.values()[at];
      int[][] beside = {{row - 1, column}, {row + 1, column}, {row, column - 1}, {row, column + 1}};
      for (int[] other : beside) {
        boolean in =
            other[0] >= 0 && other[0] < map.height() && other[1] >= 0 && other[1] < map.width();
        int next = other[0] * map.width() + other[1];
        if (in && !seen[next] && map.values()[next] >= least) {
          seen[next] = true;
          open.push(next);
        }
      }
    }
    double all = map.mean() * map.values().length;
    double width = map.width();
    double height = map.height();
    return new Region(
        left / width,
        top / height,
        (right + 1 - left) / width,
        (bottom + 1 - top) / height,
        area / (width * height),
        sum / all);
  }
}
