package io.pneuma.images;

import java.lang.ref.Reference;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Where an image is bright and where it is dark: its mean grey in 4 x 4 fields, less the mean of
 * all, brought to unit length. Brightness and contrast do not change it; upside down, inverted or
 * of something else it is another.
 */
public final class GreyLayout {
  private static final int FIELDS = 4;

  private GreyLayout() {}

  /** The layout of each image of a batch. */
  public static List<float[]> of(ImageBatch batch) {
    INDArray pixels = batch.pixels();
    FloatBuffer all = pixels.data().asNio().order(ByteOrder.nativeOrder()).asFloatBuffer();
    int size = (int) pixels.size(2);
    try {
      return IntStream.range(0, batch.views().size())
          .mapToObj(row -> of(all.slice(row * 3 * size * size, 3 * size * size), size))
          .toList();
    } finally {
      Reference.reachabilityFence(pixels); // A buffer alone does not keep the memory.
    }
  }

  /**
   * The 16 values of an image, row by row; all 0 where it is of one grey.
   *
   * @param pixels 3 planes of {@code size} x {@code size}, from the buffer's position on
   */
  public static float[] of(FloatBuffer pixels, int size) {
    double[] sums = new double[FIELDS * FIELDS];
    int[] counts = new int[FIELDS * FIELDS];
    int start = pixels.position();
    float[] row = new float[size];
    int[] column = new int[size];
    Arrays.setAll(column, x -> x * FIELDS / size);
    for (int plane = 0; plane < 3; plane++) {
      for (int y = 0; y < size; y++) {
        pixels.get(start + (plane * size + y) * size, row);
        int first = y * FIELDS / size * FIELDS;
        for (int x = 0; x < size; x++) {
          sums[first + column[x]] += row[x];
          counts[first + column[x]]++;
        }
      }
    }
    double mean = 0;
    for (int field = 0; field < sums.length; field++) {
      sums[field] /= counts[field];
      mean += sums[field] / sums.length;
    }
    double squares = 0;
    for (double sum : sums) {
      squares += (sum - mean) * (sum - mean);
    }
    float[] layout = new float[sums.length];
    for (int field = 0; field < layout.length && squares > 1e-12; field++) {
      layout[field] = (float) ((sums[field] - mean) / Math.sqrt(squares));
    }
    return layout;
  }
}
