package io.pneuma.bench;

import java.util.Arrays;
import java.util.List;

/**
 * The minibatches that all sides train on.
 *
 * @param size examples of a minibatch
 * @param count of different minibatches, taken in turn
 * @param shapes of the inputs
 * @param checked losses of the first steps that are compared
 */
@SuppressWarnings("ArrayRecordComponent") // Never compared.
record Batches(int size, int count, List<long[]> shapes, int checked) {

  /** Images for {@code finetune}, stored features for {@code head}. */
  static Batches of(String kind) {
    if (kind.equals("finetune")) {
      int n = Recipes.FINE_TUNING_BATCH;
      int size = FeatureTask.SIZE;
      return new Batches(n, 2, List.of(new long[] {n, 3, size, size}), 3);
    }
    int n = Recipes.HEAD_BATCH;
    return new Batches(
        n, 16, List.of(new long[] {n, 2048}, new long[] {n, 1024}, new long[] {n, 512}), 6);
  }

  /** The values of an input of a minibatch, in [0,1). */
  float[] values(int batch, int input) {
    long floats = Arrays.stream(shapes.get(input)).reduce(1, (a, b) -> a * b);
    return Noise.of(100 + 10 * batch + input, Math.toIntExact(floats));
  }

  /** The class of a row. */
  int label(int row) {
    return row % 2;
  }
}
