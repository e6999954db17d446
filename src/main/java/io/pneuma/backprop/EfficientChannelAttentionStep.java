package io.pneuma.backprop;

import io.pneuma.inference.OneDnn;
import java.util.Arrays;
import java.util.List;

/**
 * {@link io.pneuma.attention.EfficientChannelAttention} forward and backward, with z zero beyond
 * its ends and p = (k - 1)/2:
 *
 * <pre>
 * a_c = sum_j w_j z_(c+j-p)   s = sigmoid(a)   x = s * z
 *
 * da = dx * z * s * (1 - s)   dz_c = dx_c s_c + sum_j w_j da_(c-j+p)   dw_j = sum_c da_c z_(c+j-p)
 * </pre>
 */
final class EfficientChannelAttentionStep implements AttentionStep {
  private final Threads threads;
  private final Ends ends;
  private final Parameter kernel; // 1 x k
  private final int channels;
  private final int width; // k
  private final Matrix scale; // B x C
  private final Matrix scaleGradient; // before the sigmoid
  private final Sigmoids sigmoids;
  private final float[][] kernelGradients; // of each piece

  EfficientChannelAttentionStep(AttentionSteps.Context head) {
    threads = head.threads();
    ends = head.ends();
    kernel = head.parameter("W");
    channels = ends.in().columns();
    width = kernel.value().columns();
    scale = head.room(channels);
    scaleGradient = head.room(channels);
    sigmoids = new Sigmoids(OneDnn.find().orElseThrow(), scale);
    kernelGradients = new float[ends.in().rows()][width];
  }

  @Override
  public void forward(int rows) {
    float[] w = weights();
    threads.run(
        Pieces.cut(
            rows,
            Pieces.ROWS,
            (from, count) -> {
              float[] row = new float[channels];
              float[] z = new float[channels + width - 1];
              float[] a = new float[channels];
              for (int i = from; i < from + count; i++) {
                readPadded(ends.in(), i, row, z);
                Arrays.fill(a, 0);
                for (int j = 0; j < width; j++) {
                  addShifted(a, w[j], z, j);
                }
                scale.write(i, a);
              }
            }));
    threads.run(Gate.forward(ends, scale, sigmoids, rows));
  }

  @Override
  public void backward(int rows) {
    float[] w = weights();
    threads.run(Gate.backward(ends, scale, scaleGradient, rows));
    threads.run(Pieces.cut(rows, Pieces.ROWS, (from, count) -> backward(from, count, w)));
  }

  @Override
  public List<Runnable> gradients(int rows, GradientUse use) {
    return List.of(() -> use.take(kernel, to -> to.write(0, kernelGradient(rows))));
  }

  private float[] kernelGradient(int rows) {
    float[] sum = new float[width];
    for (int piece = 0; piece < rows; piece += Pieces.ROWS) {
      for (int j = 0; j < width; j++) {
        sum[j] += kernelGradients[piece][j];
      }
    }
    return sum;
  }

  private void backward(int from, int count, float[] w) {
    float[] row = new float[channels];
    float[] z = new float[channels + width - 1];
    float[] da = new float[channels + width - 1];
    float[] dz = new float[channels];
    float[][] products = new float[width][channels];
    for (int i = from; i < from + count; i++) {
      readPadded(ends.in(), i, row, z);
      readPadded(scaleGradient, i, row, da);
      ends.inGradient().read(i, dz);
      for (int j = 0; j < width; j++) {
        addShifted(dz, w[j], da, width - 1 - j);
        addProduct(products[j], row, z, j);
      }
      ends.inGradient().write(i, dz);
    }
    for (int j = 0; j < width; j++) {
      kernelGradients[from][j] = sum(products[j]);
    }
  }

  private float[] weights() {
    float[] w = new float[width];
    kernel.value().read(0, w);
    return w;
  }

  private void readPadded(Matrix matrix, int row, float[] values, float[] padded) {
    matrix.read(row, values);
    System.arraycopy(values, 0, padded, (width - 1) / 2, channels);
  }

  private static void addShifted(float[] sum, float factor, float[] values, int shift) {
    for (int i = 0; i < sum.length; i++) {
      sum[i] += factor * values[i + shift];
    }
  }

  private static void addProduct(float[] sum, float[] left, float[] right, int shift) {
    for (int i = 0; i < sum.length; i++) {
      sum[i] += left[i] * right[i + shift];
    }
  }

  /** By halves, which Java turns into vector instructions; changes what it is given. */
  private static float sum(float[] values) {
    for (int length = values.length; length > 1; length = (length + 1) / 2) {
      int half = (length + 1) / 2;
      for (int i = half; i < length; i++) {
        values[i - half] += values[i];
      }
    }
    return values[0];
  }

  @Override
  public void close() {
    sigmoids.close();
  }
}
