package io.pneuma.audit;

import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.opencv.opencv_core.Mat;

/**
 * A picture and crops of it, each as a few numbers of unit length, by which a picture is found that
 * is about one of those crops. It needs no network and no weights.
 */
final class Crops {
  private static final int GRID = 12;

  /** Numbers of a crop: the mean local contrast of each field of a grid. */
  static final int WIDTH = GRID * GRID;

  /** Of the Gaussian that tells what is local, in pixels of a picture that fills its tile. */
  private static final double SIGMA = 6;

  /** Sides of the crops, as shares of the picture's; width and height go by themselves. */
  private static final double[] SCALES = {1, 0.92, 0.84, 0.77};

  /** How far neighbouring crops are apart, in fields of the grid. */
  private static final double STEP = 0.6;

  /** Where each crop lies; the first is the whole. */
  static final List<Box> BOXES = boxes();

  private Crops() {}

  /** A part of a picture, in shares of its sides. */
  record Box(double x, double y, double width, double height) {}

  /** Where a side of a crop begins and how long it is. */
  private record Span(double from, double length) {}

  private static List<Box> boxes() {
    List<Span> spans = new ArrayList<>();
    for (double scale : SCALES) {
      int steps = (int) Math.round((1 - scale) / scale * GRID / STEP);
      for (int i = 0; i <= steps; i++) {
        spans.add(new Span(steps == 0 ? 0 : i * (1 - scale) / steps, scale));
      }
    }
    List<Box> boxes = new ArrayList<>();
    for (Span across : spans) {
      for (Span down : spans) {
        boxes.add(new Box(across.from, down.from, across.length, down.length));
      }
    }
    return List.copyOf(boxes);
  }

  /** The picture as a whole: its numbers. */
  static float[] whole(byte[] tile) {
    return of(tile, BOXES.subList(0, 1));
  }

  /** All crops, one after the other. */
  static float[] all(byte[] tile) {
    return of(tile, BOXES);
  }

  private static float[] of(byte[] tile, List<Box> boxes) {
    float[] numbers = new float[boxes.size() * WIDTH];
    double[][] sums = new double[SCALES.length][];
    for (int i = 0; i < boxes.size(); i++) {
      Box box = boxes.get(i);
      int scale = nearest(Math.sqrt(box.width() * box.height()));
      if (sums[scale] == null) {
        sums[scale] = sums(tile, SIGMA * SCALES[scale]);
      }
      fill(numbers, i * WIDTH, sums[scale], box);
      toUnitLength(numbers, i * WIDTH);
    }
    return numbers;
  }

  /** The scale whose local contrast is that of a crop when it fills its tile. */
  private static int nearest(double side) {
    int nearest = 0;
    for (int i = 1; i < SCALES.length; i++) {
      nearest = Math.abs(SCALES[i] - side) < Math.abs(SCALES[nearest] - side) ? i : nearest;
    }
    return nearest;
  }

  /** Sums of the local contrast above and left of each corner of a pixel (an integral image). */
  @SuppressWarnings("unchecked") // PointerScope's empty list of classes is a generic array.
  private static double[] sums(byte[] tile, double sigma) {
    int side = Look.TILE + 1;
    double[] sums = new double[side * side];
    PointerScope scope = new PointerScope();
    try {
      Mat contrast = LocalContrast.of(LocalContrast.grey(tile), sigma);
      FloatBuffer values = contrast.createBuffer();
      for (int y = 1; y < side; y++) {
        double row = 0;
        for (int x = 1; x < side; x++) {
          row += values.get();
          sums[y * side + x] = sums[(y - 1) * side + x] + row;
        }
      }
      return sums;
    } finally {
      scope.close();
    }
  }

  private static void fill(float[] numbers, int from, double[] sums, Box box) {
    int side = Look.TILE + 1;
    int[] across = bounds(box.x(), box.width());
    int[] down = bounds(box.y(), box.height());
    for (int row = 0; row < GRID; row++) {
      for (int column = 0; column < GRID; column++) {
        int left = across[column];
        int right = across[column + 1];
        int top = down[row] * side;
        int bottom = down[row + 1] * side;
        double sum =
            sums[bottom + right] - sums[bottom + left] - sums[top + right] + sums[top + left];
        int pixels = (right - left) * (down[row + 1] - down[row]);
        numbers[from + row * GRID + column] = (float) (sum / pixels);
      }
    }
  }

  private static int[] bounds(double from, double length) {
    int[] bounds = new int[GRID + 1];
    for (int i = 0; i <= GRID; i++) {
      bounds[i] = (int) Math.round((from + length * i / GRID) * Look.TILE);
    }
    return bounds;
  }

  /** Of mean 0 and length 1; a picture of one grey stays 0. */
  private static void toUnitLength(float[] numbers, int from) {
    double mean = 0;
    for (int i = from; i < from + WIDTH; i++) {
      mean += numbers[i] / WIDTH;
    }
    double squares = 0;
    for (int i = from; i < from + WIDTH; i++) {
      numbers[i] -= (float) mean;
      squares += numbers[i] * numbers[i];
    }
    float scale = squares > 1e-6 ? (float) (1 / Math.sqrt(squares)) : 0;
    for (int i = from; i < from + WIDTH; i++) {
      numbers[i] *= scale;
    }
  }
}
