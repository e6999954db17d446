package io.pneuma.shortcuts;

/** The outermost pixels of an image, where frames, collimators and paddings are. */
final class Border {
  private static final int BINS = 16;
  private static final double WIDTH = 0.04;

  /** How many numbers there are. */
  static final int NUMBERS = BINS + 4;

  private Border() {}

  /**
   * The share of the border's pixels in each of {@value #BINS} bins of grey, then the mean grey at
   * the top, the bottom, the left and the right.
   *
   * @param grey values in [0,1], side x side
   */
  static float[] of(float[] grey, int side) {
    int width = Math.max(1, (int) Math.round(WIDTH * side));
    float[] border = new float[NUMBERS];
    int pixels = 0;
    for (int y = 0; y < side; y++) {
      for (int x = 0; x < side; x++) {
        boolean[] edges = {y < width, y >= side - width, x < width, x >= side - width};
        float value = grey[y * side + x];
        boolean inBorder = false;
        for (int edge = 0; edge < edges.length; edge++) {
          border[BINS + edge] += edges[edge] ? value / (width * side) : 0;
          inBorder |= edges[edge];
        }
        if (inBorder) {
          border[Math.min(BINS - 1, (int) (value * BINS))]++;
          pixels++;
        }
      }
    }
    for (int bin = 0; bin < BINS; bin++) {
      border[bin] /= pixels;
    }
    return border;
  }

  /** The mean grey of the four sides. */
  static float mean(float[] border) {
    float sum = 0;
    for (int edge = 0; edge < 4; edge++) {
      sum += border[BINS + edge];
    }
    return sum / 4;
  }
}
