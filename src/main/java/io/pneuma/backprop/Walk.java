package io.pneuma.backprop;

import java.util.ArrayList;
import java.util.List;

/**
 * A way through several arrays of one shape at once, each with strides of its own; where a stride
 * is 0, the array repeats itself. The last dimension is left to loops, the others are listed.
 */
final class Walk {
  /** Numbers that a loop takes. */
  final int length;

  /** For each array the stride within a loop. */
  final int[] steps;

  /** For each array where each loop starts. */
  final int[][] starts;

  private Walk(int length, int[] steps, int[][] starts) {
    this.length = length;
    this.steps = steps;
    this.starts = starts;
  }

  /** Through a shape, with the strides of each array. Dimensions that lie dense become one. */
  static Walk through(int[] sizes, int[]... strides) {
    List<int[]> dimensions = new ArrayList<>(); // The size, then each array's stride.
    for (int i = 0; i < sizes.length; i++) {
      int[] next = new int[strides.length + 1];
      next[0] = sizes[i];
      for (int array = 0; array < strides.length; array++) {
        next[array + 1] = strides[array][i];
      }
      int[] last = dimensions.isEmpty() ? null : dimensions.get(dimensions.size() - 1);
      if (last != null && areDense(last, next)) {
        next[0] *= last[0];
        dimensions.set(dimensions.size() - 1, next);
      } else if (sizes[i] != 1) {
        dimensions.add(next);
      }
    }
    int[] loop =
        dimensions.isEmpty()
            ? new int[strides.length + 1]
            : dimensions.remove(dimensions.size() - 1);
    int[][] starts = new int[strides.length][];
    int[] steps = new int[strides.length];
    for (int array = 0; array < strides.length; array++) {
      starts[array] = starts(dimensions, array + 1);
      steps[array] = loop[array + 1];
    }
    return new Walk(Math.max(1, loop[0]), steps, starts);
  }

  private static boolean areDense(int[] outer, int[] inner) {
    for (int array = 1; array < outer.length; array++) {
      if (outer[array] != inner[array] * inner[0]) {
        return false;
      }
    }
    return true;
  }

  private static int[] starts(List<int[]> dimensions, int array) {
    int[] starts = {0};
    for (int[] dimension : dimensions) {
      int[] more = new int[starts.length * dimension[0]];
      for (int i = 0; i < more.length; i++) {
        more[i] = starts[i / dimension[0]] + i % dimension[0] * dimension[array];
      }
      starts = more;
    }
    return starts;
  }

  /** How many loops. */
  int loops() {
    return starts[0].length;
  }
}
