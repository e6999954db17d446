package io.pneuma.inference;

import io.pneuma.computation.Activation;
import io.pneuma.computation.Layout;
import io.pneuma.computation.Shape;
import io.pneuma.computation.Step.Convolution;
import io.pneuma.computation.Window;
import io.pneuma.onednn.After;
import io.pneuma.onednn.Argument;
import io.pneuma.onednn.Arguments;
import io.pneuma.onednn.Form;
import io.pneuma.onednn.NativeParts;
import io.pneuma.onednn.OneDnn;
import io.pneuma.onednn.Primitive;
import io.pneuma.onednn.Primitives;
import io.pneuma.onednn.Queue;
import io.pneuma.onednn.Stored;
import io.pneuma.onednn.Work;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.Map;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;

/**
 * A 3 x 3 convolution of stride 1 by Winograd's algorithm, for processors without AVX-512, for
 * which oneDNN has none: tiles of 6 x 6 values give 4 x 4 by 36 products instead of 144. The
 * products of all channels are oneDNN's convolutions of single pixels, one for each of the 36
 * places in a tile; what goes before and after is done here, on the calling thread.
 *
 * <p>Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks" (2016), section 4.3, F(4 x
 * 4, 3 x 3).
 */
final class Winograd implements Work {
  private static final int GIVEN = 6;
  private static final int MADE = 4;
  private static final int PLACES = GIVEN * GIVEN;

  /** Channels that lie side by side. */
  private static final int BLOCK = 8;

  /** Numbers of each place that are transformed at a time, so that all lie in a core's cache. */
  private static final int CHUNK = 512;

  /** Fewer channels on either side leave the products too small a part of the work. */
  private static final int LEAST_CHANNELS = 32;

  /** What a kernel is multiplied with from either side, 6 x 3. */
  private static final double[][] KERNEL = {
    {1 / 4.0, 0, 0},
    {-1 / 6.0, -1 / 6.0, -1 / 6.0},
    {-1 / 6.0, 1 / 6.0, -1 / 6.0},
    {1 / 24.0, 1 / 12.0, 1 / 6.0},
    {1 / 24.0, -1 / 12.0, 1 / 6.0},
    {0, 0, 1}
  };

  private final OneDnn oneDnn;
  private final Shape from;
  private final Shape to;
  private final int top;
  private final int left;
  private final int down; // Tiles of an image.
  private final int across;
  private final int strips; // Rows of tiles of all images.
  private final float[] bias;
  private final boolean adds;
  private final boolean cutsBelowZero;
  private final Primitive product;
  private final Form given;
  private final Form made;
  private final Stored[] kernels = new Stored[PLACES];

  private Winograd(OneDnn oneDnn, Convolution conv, Shape from, int images, NativeParts parts) {
    this.oneDnn = oneDnn;
    this.from = from;
    this.to = conv.shape();
    this.top = (int) conv.window().before()[0];
    this.left = (int) conv.window().before()[1];
    this.down = tiles(to.height());
    this.across = tiles(to.width());
    this.strips = images * down;
    this.bias = conv.bias();
    this.adds = !conv.addend().equals(Convolution.NO_ADDEND);
    this.cutsBelowZero = conv.activation() == Activation.RELU;
    this.given = parts.keep(maps(from.channels()));
    this.made = parts.keep(maps(to.channels()));
    long[] sizes = {to.channels(), from.channels(), 1, 1};
    this.product =
        parts.keep(
            new Primitives(oneDnn)
                .convolution(
                    new Primitives.Kernel(
                        given, Form.any(sizes), Form.none(), made, Window.pixel(), false),
                    false,
                    After.NOTHING));
    Form wanted = product.weights();
    float[][] values = kernels(conv.weights().get());
    for (int place = 0; place < PLACES; place++) {
      kernels[place] = parts.parameter(values[place], Form.dense(sizes), wanted);
    }
  }

  private static int tiles(int pixels) {
    return (pixels + MADE - 1) / MADE;
  }

  /**
   * Bytes that a convolution takes besides its maps, at most: where it is by Winograd's algorithm,
   * oneDNN's or this one, all tiles before and after the products, and oneDNN's kernels.
   */
  static long bytes(OneDnn oneDnn, int inputs, Convolution conv, int images) {
    if (!conv.mayBeWinograd()) {
      return 0;
    }
    long kernels = oneDnn.hasAvx512() ? (long) inputs * conv.shape().channels() : 0;
    return bytes(inputs, conv, images) + PLACES * kernels * Float.BYTES;
  }

  private static long bytes(int inputs, Convolution conv, int images) {
    Shape to = conv.shape();
    long channels = (long) inputs + to.channels();
    long tiles = (long) images * tiles(to.height()) * tiles(to.width());
    return PLACES * tiles * channels * Float.BYTES;
  }

  /** Whether it is for a convolution of so many input channels, and faster than the direct one. */
  static boolean suits(OneDnn oneDnn, Layout layout, int inputs, Convolution conv) {
    int outputs = conv.shape().channels();
    return !oneDnn.hasAvx512()
        && layout == Layout.BLOCKED
        && conv.mayBeWinograd()
        && (conv.activation() == Activation.RELU || conv.activation() == Activation.IDENTITY)
        && inputs % BLOCK == 0
        && outputs % BLOCK == 0
        && Math.min(inputs, outputs) >= LEAST_CHANNELS;
  }

  /**
   * The call that computes a convolution.
   *
   * @param images that it takes at a time
   */
  static Call call(
      OneDnn oneDnn,
      Convolution conv,
      Shape from,
      int images,
      NativeParts parts,
      Map<Integer, Call.Operand> maps) {
    Winograd code = new Winograd(oneDnn, conv, from, images, parts);
    maps.values().forEach(operand -> parts.keep(operand.lies()));
    long room = bytes(from.channels(), conv, images);
    return new Call(images, code, "wino:java", Map.of(), maps, room);
  }

  private Form maps(int channels) {
    return oneDnn.maps(1, new Shape(channels, 1, strips * across), Layout.BLOCKED);
  }

  private long in() {
    return given.bytes();
  }

  private long out() {
    return made.bytes();
  }

  /** The kernels of all channels, for each place in a tile: output channels x input channels. */
  private float[][] kernels(float[] weights) {
    int pairs = from.channels() * to.channels();
    float[][] kernels = new float[PLACES][pairs];
    double[][] half = new double[GIVEN][3];
    for (int pair = 0; pair < pairs; pair++) {
      for (int i = 0; i < GIVEN; i++) {
        for (int x = 0; x < 3; x++) {
          half[i][x] = 0;
          for (int y = 0; y < 3; y++) {
            half[i][x] += KERNEL[i][y] * weights[pair * 9 + y * 3 + x];
          }
        }
      }
      for (int place = 0; place < PLACES; place++) {
        double sum = 0;
        for (int x = 0; x < 3; x++) {
          sum += half[place / GIVEN][x] * KERNEL[place % GIVEN][x];
        }
        kernels[place][pair] = (float) sum;
      }
    }
    return kernels;
  }

  @Override
  public void run(Queue queue, Arguments arguments) {
    BytePointer room = new BytePointer(arguments.place(Argument.SCRATCHPAD));
    BytePointer behind = room.getPointer(PLACES * in());
    takeApart(floats(arguments.place(Argument.SOURCE)), floats(room));
    multiply(queue, room, behind);
    putTogether(floats(behind), floats(arguments.place(Argument.TARGET)));
  }

  private static FloatBuffer floats(Pointer start) {
    return new FloatPointer(start).capacity(Integer.MAX_VALUE / Float.BYTES).asBuffer();
  }

  private void multiply(Queue queue, BytePointer room, BytePointer behind) {
    try (Arguments places = new Arguments(oneDnn)) {
      places.put(Argument.SOURCE, given, room);
      places.put(Argument.WEIGHTS, kernels[0]);
      places.put(Argument.TARGET, made, behind);
      for (int place = 0; place < PLACES; place++) {
        places.move(Argument.SOURCE, room.getPointer(place * in()));
        places.move(Argument.WEIGHTS, kernels[place].place());
        places.move(Argument.TARGET, behind.getPointer(place * out()));
        product.run(queue, places);
      }
      queue.await();
    }
  }

  /** Strips that are transformed at a time. */
  private int together() {
    return Math.min(strips, Math.max(1, CHUNK / (across * BLOCK)));
  }

  private static float[][] rooms(int length) {
    return new float[PLACES][length];
  }

  /** From feature maps to tiles: place x channels / 8 x tile x 8. */
  private void takeApart(FloatBuffer source, FloatBuffer room) {
    int strip = across * BLOCK;
    float[][] tiles = rooms(together() * strip);
    float[][] half = rooms(together() * strip);
    float[] row = new float[(MADE * across + GIVEN - MADE) * BLOCK];
    int blocks = from.channels() / BLOCK;
    for (int block = 0; block < blocks; block++) {
      for (int first = 0; first < strips; first += together()) {
        int count = Math.min(together(), strips - first);
        for (int i = 0; i < count; i++) {
          int image = (first + i) / down;
          int y = (first + i) % down * MADE - top;
          int maps = (image * blocks + block) * from.pixels() * BLOCK;
          for (int ky = 0; ky < GIVEN; ky++) {
            readRow(source, maps, y + ky, row);
            cut(row, tiles, ky * GIVEN, i * strip);
          }
        }
        for (int k = 0; k < GIVEN; k++) {
          forward(tiles, k, GIVEN, half, count * strip);
        }
        for (int k = 0; k < GIVEN; k++) {
          forward(half, k * GIVEN, 1, tiles, count * strip);
        }
        for (int place = 0; place < PLACES; place++) {
          int start = ((place * blocks + block) * strips + first) * strip;
          room.put(start, tiles[place], 0, count * strip);
        }
      }
    }
  }

  /** A row of a block of channels, with zeros outside the image. */
  private void readRow(FloatBuffer source, int maps, int y, float[] row) {
    Arrays.fill(row, 0);
    if (y >= 0 && y < from.height()) {
      int taken = Math.min(from.width(), row.length / BLOCK - left);
      source.get(maps + y * from.width() * BLOCK, row, left * BLOCK, taken * BLOCK);
    }
  }

  private void cut(float[] row, float[][] tiles, int places, int start) {
    for (int k = 0; k < GIVEN; k++) {
      float[] place = tiles[places + k];
      for (int tile = 0; tile < across; tile++) {
        System.arraycopy(row, (tile * MADE + k) * BLOCK, place, start + tile * BLOCK, BLOCK);
      }
    }
  }

  /** Six places, {@code step} apart, into the same ones of another tile. */
  private static void forward(float[][] tiles, int first, int step, float[][] into, int length) {
    forward(
        tiles[first],
        tiles[first + step],
        tiles[first + 2 * step],
        tiles[first + 3 * step],
        tiles[first + 4 * step],
        tiles[first + 5 * step],
        into[first],
        into[first + step],
        into[first + 2 * step],
        into[first + 3 * step],
        into[first + 4 * step],
        into[first + 5 * step],
        length);
  }

  private static void forward(
      float[] d0,
      float[] d1,
      float[] d2,
      float[] d3,
      float[] d4,
      float[] d5,
      float[] t0,
      float[] t1,
      float[] t2,
      float[] t3,
      float[] t4,
      float[] t5,
      int length) {
    for (int i = 0; i < length; i++) {
      float even = d4[i] - 4 * d2[i];
      float odd = d3[i] - 4 * d1[i];
      float far = d4[i] - d2[i];
      float near = 2 * (d3[i] - d1[i]);
      t0[i] = 4 * d0[i] - 5 * d2[i] + d4[i];
      t1[i] = even + odd;
      t2[i] = even - odd;
      t3[i] = far + near;
      t4[i] = far - near;
      t5[i] = 4 * d1[i] - 5 * d3[i] + d5[i];
    }
  }

  /** From products, place x channels / 8 x tile x 8, to feature maps. */
  private void putTogether(FloatBuffer room, FloatBuffer target) {
    int strip = across * BLOCK;
    float[][] tiles = rooms(together() * strip);
    float[][] half = rooms(together() * strip);
    float[] row = new float[MADE * strip];
    float[] shift = new float[to.width() * BLOCK];
    int blocks = to.channels() / BLOCK;
    for (int block = 0; block < blocks; block++) {
      for (int i = 0; i < shift.length; i++) {
        shift[i] = bias[block * BLOCK + i % BLOCK];
      }
      for (int first = 0; first < strips; first += together()) {
        int count = Math.min(together(), strips - first);
        for (int place = 0; place < PLACES; place++) {
          int start = ((place * blocks + block) * strips + first) * strip;
          room.get(start, tiles[place], 0, count * strip);
        }
        for (int k = 0; k < GIVEN; k++) {
          back(tiles, k, GIVEN, half, count * strip);
        }
        for (int k = 0; k < MADE; k++) {
          back(half, k * GIVEN, 1, tiles, count * strip);
        }
        for (int i = 0; i < count; i++) {
          int image = (first + i) / down;
          int y = (first + i) % down * MADE;
          int maps = (image * blocks + block) * to.pixels() * BLOCK;
          for (int k = 0; k < MADE && y + k < to.height(); k++) {
            join(tiles, k * GIVEN, i * strip, row);
            writeRow(row, shift, target, maps + (y + k) * shift.length);
          }
        }
      }
    }
  }

  /** Four of six places, {@code step} apart. */
  private static void back(float[][] tiles, int first, int step, float[][] into, int length) {
    back(
        tiles[first],
        tiles[first + step],
        tiles[first + 2 * step],
        tiles[first + 3 * step],
        tiles[first + 4 * step],
        tiles[first + 5 * step],
        into[first],
        into[first + step],
        into[first + 2 * step],
        into[first + 3 * step],
        length);
  }

  private static void back(
      float[] m0,
      float[] m1,
      float[] m2,
      float[] m3,
      float[] m4,
      float[] m5,
      float[] y0,
      float[] y1,
      float[] y2,
      float[] y3,
      int length) {
    for (int i = 0; i < length; i++) {
      float near = m1[i] + m2[i];
      float far = m3[i] + m4[i];
      float nearSlope = m1[i] - m2[i];
      float farSlope = m3[i] - m4[i];
      y0[i] = m0[i] + near + far;
      y1[i] = nearSlope + 2 * farSlope;
      y2[i] = near + 4 * far;
      y3[i] = nearSlope + 8 * farSlope + m5[i];
    }
  }

  private void join(float[][] tiles, int places, int start, float[] row) {
    for (int k = 0; k < MADE; k++) {
      float[] place = tiles[places + k];
      for (int tile = 0; tile < across; tile++) {
        System.arraycopy(place, start + tile * BLOCK, row, (tile * MADE + k) * BLOCK, BLOCK);
      }
    }
  }

  private void writeRow(float[] row, float[] shift, FloatBuffer target, int start) {
    if (adds) {
      float[] addend = new float[shift.length];
      target.get(start, addend);
      add(row, addend, addend.length);
    }
    add(row, shift, shift.length);
    if (cutsBelowZero) {
      for (int i = 0; i < shift.length; i++) {
        row[i] = Math.max(row[i], 0);
      }
    }
    target.put(start, row, 0, shift.length);
  }

  private static void add(float[] to, float[] some, int length) {
    for (int i = 0; i < length; i++) {
      to[i] += some[i];
    }
  }
}
