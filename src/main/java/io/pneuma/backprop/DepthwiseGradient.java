package io.pneuma.backprop;

import io.pneuma.computation.Shape;
import io.pneuma.computation.Step.Convolution;
import io.pneuma.computation.Window;
import io.pneuma.onednn.Argument;
import io.pneuma.onednn.Arguments;
import java.util.List;
import java.util.Optional;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;

/**
 * The gradients of a depthwise convolution's weights and bias, for kernels for which oneDNN has its
 * reference code alone. Each of a kernel's values is the sum of products of two rows of pixels, the
 * source's shifted; rows are added up lane by lane, and the lanes of a channel at the end. Blocks
 * of channels are shared between threads, so that their number decides nothing.
 */
final class DepthwiseGradient {
  private final Shape from;
  private final Shape to;
  private final int rows;
  private final int block;
  private final Window.Side vertical;
  private final Window.Side horizontal;
  private final Region weights;
  private final long[] strides;
  private final Optional<Region> bias;

  /**
   * The gradients for a batch.
   *
   * @param maps of the batch
   * @param weights where the weights' gradient goes
   * @param strides of that, along kernel height, kernel width and channel
   * @param bias where the gradient of the bias goes, if there is one
   */
  DepthwiseGradient(
      Maps maps,
      Shape from,
      Shape to,
      Window window,
      Region weights,
      long[] strides,
      Optional<Region> bias) {
    this.from = from;
    this.to = to;
    this.rows = maps.rows();
    this.block = maps.oneDnn().block();
    this.vertical = window.vertical();
    this.horizontal = window.horizontal();
    this.weights = weights;
    this.strides = strides;
    this.bias = bias;
  }

  /** Whether it is for a convolution of so many input channels. */
  static boolean suits(Convolution conv, int inputs) {
    return conv.groups() == inputs && conv.groups() == conv.shape().channels();
  }

  /** What there is to do, from the maps of the source and the gradient of the target. */
  List<Runnable> pieces(Arguments arguments) {
    Pointer source = arguments.place(Argument.SOURCE);
    Pointer gradient = arguments.place(Argument.TARGET_GRADIENT);
    return Pieces.cut(
        to.channels(),
        block,
        (channel, count) -> {
          Sums sums = new Sums();
          sums.addUp(new FloatPointer(source), new FloatPointer(gradient), channel);
          sums.writeWeights(weights.floats(), channel, count);
          bias.ifPresent(place -> sums.writeBias(place.floats(), channel, count));
        });
  }

  /** Those of one block of channels. */
  private final class Sums {
    private final int width = (from.width() + horizontal.stride() - 1) / horizontal.stride();
    private final int lanes = to.width() * block;
    private final float[] given = new float[from.pixels() * block];
    private final float[] sorted = // Row by row, pixels that lie a stride apart side by side.
        new float[from.height() * horizontal.stride() * width * block];
    private final float[] error = new float[to.pixels() * block];
    private final float[][] sums = new float[vertical.kernel() * horizontal.kernel()][lanes];
    private final float[] biasSums = new float[lanes];

    void addUp(FloatPointer source, FloatPointer gradient, int channel) {
      int blocks = (to.channels() + block - 1) / block;
      for (int row = 0; row < rows; row++) {
        long maps = (long) row * blocks + channel / block;
        source.position(maps * given.length).get(given);
        gradient.position(maps * error.length).get(error);
        add(horizontal.stride() == 1 ? given : sort());
      }
    }

    private float[] sort() {
      int stride = horizontal.stride();
      for (int y = 0; y < from.height(); y++) {
        for (int x = 0; x < from.width(); x++) {
          System.arraycopy(
              given, (y * from.width() + x) * block, sorted, at(y, x % stride, x / stride), block);
        }
      }
      return sorted;
    }

    private int at(int y, int phase, int place) {
      return ((y * horizontal.stride() + phase) * width + place) * block;
    }

    private void add(float[] source) {
      for (int ky = 0; ky < vertical.kernel(); ky++) {
        for (int kx = 0; kx < horizontal.kernel(); kx++) {
          int shift = kx - horizontal.before();
          int phase = Math.floorMod(shift, horizontal.stride());
          int ahead = Math.floorDiv(shift, horizontal.stride());
          int pixels = (from.width() - phase + horizontal.stride() - 1) / horizontal.stride();
          int first = Math.max(0, -ahead);
          int count = Math.min(to.width(), pixels - ahead) - first;
          float[] sum = sums[ky * horizontal.kernel() + kx];
          for (int y = 0; y < to.height(); y++) {
            int sy = y * vertical.stride() + ky - vertical.before();
            if (sy >= 0 && sy < from.height() && count > 0) {
              addProduct(
                  sum,
                  first * block,
                  source,
                  at(sy, phase, first + ahead),
                  error,
                  (y * to.width() + first) * block,
                  count * block);
            }
          }
        }
      }
      for (int start = 0; start < error.length; start += lanes) {
        for (int i = 0; i < lanes; i++) {
          biasSums[i] += error[start + i];
        }
      }
    }

    private static void addProduct(float[] to, int t, float[] a, int ai, float[] b, int bi, int n) {
      Loops.addProduct(to, t, 1, a, ai, 1, b, bi, 1, n);
    }

    void writeWeights(FloatPointer weights, int channel, int count) {
      for (int i = 0; i < sums.length; i++) {
        long place = i / horizontal.kernel() * strides[0] + i % horizontal.kernel() * strides[1];
        for (int lane = 0; lane < count; lane++) {
          weights.put(place + (channel + lane) * strides[2], sum(sums[i], lane));
        }
      }
    }

    void writeBias(FloatPointer bias, int channel, int count) {
      for (int lane = 0; lane < count; lane++) {
        bias.put(channel + lane, sum(biasSums, lane));
      }
    }

    private float sum(float[] all, int lane) {
      double sum = 0;
      for (int i = lane; i < all.length; i += block) {
        sum += all[i];
      }
      return (float) sum;
    }
  }
}
