package io.pneuma.explain;

/**
 * How much each place of an image speaks for a class, or against it, in log odds over the whole
 * image: the mean over all places is what a backbone, or all, speaks for it.
 *
 * @param values row by row
 */
@SuppressWarnings("ArrayRecordComponent") // A carrier, never compared.
public record Heatmap(int height, int width, float[] values) {
  /** The mean over all places. */
  public double mean() {
    double sum = 0;
    for (float value : values) {
      sum += value;
    }
    return sum / values.length;
  }

  /** What speaks for the class alone. */
  public Heatmap positive() {
    float[] positive = new float[values.length];
    for (int i = 0; i < positive.length; i++) {
      positive[i] = Math.max(0, values[i]);
    }
    return new Heatmap(height, width, positive);
  }

  /** The greatest value. */
  public float most() {
    float most = Float.NEGATIVE_INFINITY;
    for (float value : values) {
      most = Math.max(most, value);
    }
    return most;
  }

  /** The sum with another of the same size, times a factor. */
  Heatmap plus(Heatmap other, float factor) {
    float[] sum = new float[values.length];
    for (int i = 0; i < sum.length; i++) {
      sum[i] = values[i] + factor * other.values[i];
    }
    return new Heatmap(height, width, sum);
  }

  /** The same in another unit, so that the mean is this; as it is where the mean is 0. */
  Heatmap withMean(double mean) {
    double now = mean();
    float factor = now == 0 ? 1 : (float) (mean / now);
    return none(height, width).plus(this, factor);
  }

  /** All 0. */
  static Heatmap none(int height, int width) {
    return new Heatmap(height, width, new float[height * width]);
  }

  /** At another size, linearly interpolated between the centres of its places. */
  public Heatmap resized(int newHeight, int newWidth) {
    if (newHeight == height && newWidth == width) {
      return this;
    }
    float[] resized = new float[newHeight * newWidth];
    for (int row = 0; row < newHeight; row++) {
      float y = at(row, newHeight, height);
      int top = (int) y;
      int bottom = Math.min(height - 1, top + 1);
      for (int column = 0; column < newWidth; column++) {
        float x = at(column, newWidth, width);
        int left = (int) x;
        int right = Math.min(width - 1, left + 1);
        float above = between(values[top * width + left], values[top * width + right], x - left);
        float below =
            between(values[bottom * width + left], values[bottom * width + right], x - left);
        resized[row * newWidth + column] = between(above, below, y - top);
      }
    }
    return new Heatmap(newHeight, newWidth, resized);
  }

  private static float at(int place, int places, int known) {
    float centre = (place + 0.5f) * known / places - 0.5f;
    return Math.min(known - 1, Math.max(0, centre));
  }

  private static float between(float from, float to, float share) {
    return from + share * (to - from);
  }
}
