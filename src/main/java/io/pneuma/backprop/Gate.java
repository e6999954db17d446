package io.pneuma.backprop;

import io.pneuma.backprop.AttentionStep.Ends;
import java.util.List;

/**
 * Features scaled by the sigmoid of as many numbers, row by row.
 *
 * <pre>
 * x = sigmoid(a) * z      with s = sigmoid(a): dz = dx * s   da = dx * z * s * (1 - s)
 * </pre>
 */
final class Gate {
  private Gate() {}

  /**
   * Forward.
   *
   * @param scale a, which becomes s
   */
  static List<Runnable> forward(Ends ends, Matrix scale, Sigmoids sigmoids, int rows) {
    return Pieces.cut(
        rows,
        Pieces.ROWS,
        (from, count) -> {
          float[] z = new float[scale.columns()];
          float[] s = new float[scale.columns()];
          for (int row = from; row < from + count; row++) {
            sigmoids.apply(row);
            ends.in().read(row, z);
            scale.read(row, s);
            for (int i = 0; i < z.length; i++) {
              z[i] *= s[i];
            }
            ends.out().write(row, z);
          }
        });
  }

  /**
   * Backward.
   *
   * @param scale s
   * @param scaleGradient becomes da
   */
  static List<Runnable> backward(Ends ends, Matrix scale, Matrix scaleGradient, int rows) {
    return Pieces.cut(
        rows,
        Pieces.ROWS,
        (from, count) -> {
          float[] dx = new float[scale.columns()];
          float[] z = new float[scale.columns()];
          float[] s = new float[scale.columns()];
          for (int row = from; row < from + count; row++) {
            ends.outGradient().read(row, dx);
            ends.in().read(row, z);
            scale.read(row, s);
            for (int i = 0; i < z.length; i++) {
              float dz = dx[i] * s[i];
              z[i] = dz * z[i] * (1 - s[i]);
              dx[i] = dz;
            }
            ends.inGradient().write(row, dx);
            scaleGradient.write(row, z);
          }
        });
  }
}
