package io.pneuma.explain;

import java.util.Comparator;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * An image whose places are blurred, or shown, in an order: deletion and insertion (Petsiuk et al.,
 * "RISE", BMVC 2018, section 3.4), both between the image and a blurred one, so that no edge is
 * made that no radiograph has.
 */
final class Curves {
  /** Shares of the image that are changed, between none and all. */
  static final int STEPS = 8;

  /** Pixels at a side of the blurred image, before it is made large again. */
  private static final int BLURRED = 8;

  private final int size;
  private final float[] image; // 3 x H x W
  private final float[] blurred;

  Curves(float[] image, int size) {
    this.size = size;
    this.image = image;
    this.blurred = blur(image, size);
  }

  private static float[] blur(float[] image, int size) {
    float[] blurred = new float[image.length];
    int pixels = size * size;
    for (int channel = 0; channel < 3; channel++) {
      float[] sums = new float[BLURRED * BLURRED];
      int[] counts = new int[sums.length];
      for (int i = 0; i < pixels; i++) {
        int cell = (i / size) * BLURRED / size * BLURRED + (i % size) * BLURRED / size;
        sums[cell] += image[channel * pixels + i];
        counts[cell]++;
      }
      for (int cell = 0; cell < sums.length; cell++) {
        sums[cell] /= Math.max(1, counts[cell]);
      }
      float[] large = new Heatmap(BLURRED, BLURRED, sums).resized(size, size).values();
      System.arraycopy(large, 0, blurred, channel * pixels, pixels);
    }
    return blurred;
  }

  /** The pixels from the one that speaks most for the class to the one that does least. */
  int[] order(Heatmap map) {
    float[] values = map.resized(size, size).values();
    return IntStream.range(0, values.length)
        .boxed()
        .sorted(Comparator.comparingDouble(i -> -values[i]))
        .mapToInt(Integer::intValue)
        .toArray();
  }

  /** The same of a map of the same coarseness that says nothing. */
  int[] randomOrder(Heatmap like, long seed) {
    Random random = new Random(seed);
    float[] values = new float[like.values().length];
    for (int i = 0; i < values.length; i++) {
      values[i] = random.nextFloat();
    }
    return order(new Heatmap(like.height(), like.width(), values));
  }

  /**
   * The image with the first places of an order blurred, or all others.
   *
   * @param step from 0 to {@link #STEPS}
   * @param target takes 3 x H x W from an offset on
   */
  void write(int[] order, int step, boolean deletion, float[] target, int offset) {
    int pixels = size * size;
    int changed = (int) ((long) pixels * step / STEPS);
    float[] before = deletion ? image : blurred;
    float[] after = deletion ? blurred : image;
    System.arraycopy(before, 0, target, offset, before.length);
    for (int i = 0; i < changed; i++) {
      for (int channel = 0; channel < 3; channel++) {
        int at = channel * pixels + order[i];
        target[offset + at] = after[at];
      }
    }
  }

  /** The area under a curve of equal steps over [0,1]. */
  static double area(double[] heights) {
    double area = 0;
    for (int i = 1; i < heights.length; i++) {
      area += (heights[i - 1] + heights[i]) / 2 / (heights.length - 1);
    }
    return area;
  }
}
