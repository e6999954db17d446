package io.pneuma.inference;

import io.pneuma.computation.Network;
import io.pneuma.computation.Step;
import io.pneuma.computation.Step.Convolution;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Steps that follow one another and take the same number of images at a time: a batch goes through
 * all of them slice by slice.
 *
 * @param images in a slice; the batch is a multiple
 * @param steps in the network's order
 */
record Stretch(int images, List<Step> steps) {
  /** Convolutions of single pixels take so many at a time, as long as these are a few images. */
  private static final int PIXELS = 56 * 56;

  private static final int FEW = 8;

  /**
   * So that weights that the cache nearest to a core cannot hold are read once for all of these.
   */
  private static final int SEVERAL = 16;

  /** The same for weights that no cache holds. */
  static final int MOST = 32;

  private static final long LARGE = 4L << 20;
  private static final long HUGE = 32L << 20;

  /** Tiles of 6 x 6 values, by which Winograd's algorithm makes 4 x 4 of a 3 x 3 window. */
  private static final int TILE = 36;

  /** Takes a copy of the list. */
  Stretch {
    steps = List.copyOf(steps);
  }

  /** The whole network at once. */
  static List<Stretch> whole(Network network, int batch) {
    return List.of(new Stretch(batch, network.steps()));
  }

  /**
   * As many images at a time as each part of a network likes best, never fewer after more: one
   * while the maps are large, so that what one step makes the next finds in the cache, and more as
   * they become small and the weights of Winograd's algorithm large.
   */
  static List<Stretch> of(Network network, int batch) {
    List<Stretch> stretches = new ArrayList<>();
    List<Step> open = new ArrayList<>();
    int images = 1;
    for (Step step : network.steps()) {
      int wanted = step instanceof Convolution conv ? images(network, conv) : 1;
      if (wanted > images) {
        close(stretches, open, images, batch);
        images = wanted;
      }
      open.add(step);
    }
    close(stretches, open, images, batch);
    return stretches;
  }

  private static void close(List<Stretch> stretches, List<Step> open, int images, int batch) {
    if (!open.isEmpty()) {
      int slice = divisor(batch, images);
      // Winograd's algorithm is slower with two or four images than with one.
      stretches.add(new Stretch(images > FEW && slice < FEW ? 1 : slice, open));
      open.clear();
    }
  }

  private static int images(Network network, Convolution conv) {
    if (conv.window().isPixel()) {
      return Math.min(FEW, PIXELS / conv.shape().pixels());
    }
    if (!conv.mayBeWinograd()) {
      return 1;
    }
    long inputs = network.shapes().get(conv.input()).channels();
    long weights = Float.BYTES * TILE * inputs * conv.shape().channels();
    return weights > HUGE ? MOST : weights > LARGE ? SEVERAL : 1;
  }

  /** The largest divisor of a batch that is at most so many. */
  private static int divisor(int batch, int most) {
    return IntStream.rangeClosed(1, Math.min(batch, most))
        .filter(images -> batch % images == 0)
        .max()
        .orElseThrow();
  }
}
