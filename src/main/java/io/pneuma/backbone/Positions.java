package io.pneuma.backbone;

/**
 * Positions of a transformer's patches, 1 x (1 + side^2) x C behind that of the class token, scaled
 * to another number of patches: bicubic with a = -0.75, the corners of the outer patches aligned,
 * beyond which the edge repeats. That is PyTorch's {@code interpolate} with {@code align_corners}
 * false, which Hugging Face's Dinov2 takes.
 */
final class Positions {
  private static final double A = -0.75;

  private Positions() {}

  /** Whether both are positions of square images with as many channels. */
  static boolean canBeScaled(long[] from, long[] to) {
    return from.length == 3
        && to.length == 3
        && from[0] == 1
        && from[2] == to[2]
        && side(from) > 0
        && side(to) > 0;
  }

  /** Patches along a side; 0 where they are no square. */
  static int side(long[] shape) {
    int side = (int) Math.round(Math.sqrt(shape[1] - 1.0));
    return (long) side * side == shape[1] - 1 ? side : 0;
  }

  /** The positions for another shape. */
  static float[] scaled(float[] values, long[] from, long[] to) {
    int channels = (int) from[2];
    int old = side(from);
    int side = side(to);
    float[] scaled = new float[Math.toIntExact(to[1] * channels)];
    System.arraycopy(values, 0, scaled, 0, channels);
    for (int y = 0; y < side; y++) {
      for (int x = 0; x < side; x++) {
        int at = (1 + y * side + x) * channels;
        add(
            values,
            old,
            (y + 0.5) * old / side - 0.5,
            (x + 0.5) * old / side - 0.5,
            scaled,
            at,
            channels);
      }
    }
    return scaled;
  }

  private static void add(
      float[] values, int side, double y, double x, float[] to, int at, int channels) {
    int top = (int) Math.floor(y) - 1;
    int left = (int) Math.floor(x) - 1;
    double[] sums = new double[channels];
    for (int i = 0; i < 4; i++) {
      for (int j = 0; j < 4; j++) {
        double weight = weight(y - (top + i)) * weight(x - (left + j));
        int row = Math.min(Math.max(top + i, 0), side - 1);
        int column = Math.min(Math.max(left + j, 0), side - 1);
        int from = (1 + row * side + column) * channels;
        for (int c = 0; c < channels; c++) {
          sums[c] += weight * values[from + c];
        }
      }
    }
    for (int c = 0; c < channels; c++) {
      to[at + c] = (float) sums[c];
    }
  }

  /** Keys, "Cubic Convolution Interpolation for Digital Image Processing" (1981), equation 4. */
  private static double weight(double distance) {
    double d = Math.abs(distance);
    if (d <= 1) {
      return ((A + 2) * d - (A + 3)) * d * d + 1;
    }
    return d < 2 ? ((A * d - 5 * A) * d + 8 * A) * d - 4 * A : 0;
  }
}
