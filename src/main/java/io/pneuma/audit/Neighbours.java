package io.pneuma.audit;

import java.util.Arrays;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** How far rows of numbers are from each other. */
final class Neighbours {
  private static final int MOST_PRODUCTS = 1 << 23;

  private Neighbours() {}

  /**
   * The Euclidean distance of each row to its k-th nearest other.
   *
   * @param rows n x d
   * @param k from 1, less than n
   */
  static double[] distance(float[][] rows, int k) {
    int count = rows.length;
    double[] squares = new double[count];
    for (int i = 0; i < count; i++) {
      for (float value : rows[i]) {
        squares[i] += (double) value * value;
      }
    }
    double[] distances = new double[count];
    int block = Math.max(1, Math.min(count, MOST_PRODUCTS / count));
    try (INDArray all = Nd4j.create(rows)) {
      for (int from = 0; from < count; from += block) {
        int to = Math.min(count, from + block);
        try (INDArray some = Nd4j.create(Arrays.copyOfRange(rows, from, to));
            INDArray products =
                Nd4j.createUninitialized(all.dataType(), new long[] {count, to - from}, 'f')) {
          all.mmuli(some.transpose(), products);
          float[] values = new float[count];
          double[] apart = new double[count];
          for (int i = from; i < to; i++) {
            products.data().asNioFloat().position((i - from) * count).get(values);
            for (int other = 0; other < count; other++) {
              apart[other] =
                  other == i ? -1 : Math.max(0, squares[i] + squares[other] - 2 * values[other]);
            }
            Arrays.sort(apart);
            distances[i] = Math.sqrt(apart[k]); // The first is the row itself.
          }
        }
      }
    }
    return distances;
  }
}
