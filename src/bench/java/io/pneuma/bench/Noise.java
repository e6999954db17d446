package io.pneuma.bench;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Numbers that {@code common.py} draws, too, so that all sides start from the same. */
final class Noise {
  private static final long MASK = 0xFFFFFFFFL;

  private Noise() {}

  /** Uniform in [0,1). */
  static float[] of(int seed, int count) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      long hash = (i + seed * 1000003L) & MASK;
      hash = (hash * 2654435761L) & MASK;
      hash ^= hash >>> 16;
      hash = (hash * 2246822519L) & MASK;
      hash ^= hash >>> 13;
      values[i] = (float) (hash / 4294967296.0);
    }
    return values;
  }

  /** The weights of a dense layer, in x out, as torch has them out x in. */
  static INDArray weight(int seed, long in, long out) {
    float[] values = of(seed, Math.toIntExact(in * out));
    float scale = (float) Math.sqrt(3.0 / in);
    for (int i = 0; i < values.length; i++) {
      values[i] = (2 * values[i] - 1) * scale;
    }
    return Nd4j.createFromArray(values).reshape('c', out, in).transpose();
  }
}
