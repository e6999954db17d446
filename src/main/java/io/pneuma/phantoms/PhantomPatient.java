package io.pneuma.phantoms;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * A body made of soft-edged ellipses and bands, and radiographs of it. Only plain arithmetic is
 * used, so that every machine draws the same pixels.
 *
 * <p>Coordinates run from -1 to 1, x to the right and y down; densities from 0, air, to about 1,
 * bone. Illness is not to be told from brightness: exposure, contrast and soft tissue vary more
 * from image to image than an opacity brightens it.
 */
final class PhantomPatient {
  static final int SIZE = 192;

  /** Of an opacity less dense than the grain of the film nothing can be seen. */
  private static final double SEEN = 0.05;

  private final double bodyWidth;
  private final double lungWidth;
  private final double lungTop;
  private final double leftDome;
  private final double rightDome;
  private final double heartSize;
  private final double heartShift;
  private final double ribSpacing;
  private final double ribSlope;
  private final double ribDensity;
  private final double softTissue;
  private final List<Blob> opacities = new ArrayList<>();

  /** A soft round spot: its density falls from the centre to nothing at the radius. */
  private record Blob(double x, double y, double radius, double density) {
    double at(double px, double py) {
      double near = 1 - (square(px - x) + square(py - y)) / square(radius);
      return near <= 0 ? 0 : density * near * near;
    }
  }

  PhantomPatient(Random random, boolean ill) {
    bodyWidth = between(random, 0.82, 0.98);
    lungWidth = between(random, 0.27, 0.35);
    lungTop = between(random, -0.82, -0.68);
    leftDome = between(random, 0.42, 0.62);
    rightDome = leftDome - between(random, 0.0, 0.12);
    heartSize = between(random, 0.24, 0.36);
    heartShift = between(random, 0.08, 0.18);
    ribSpacing = between(random, 0.17, 0.22);
    ribSlope = between(random, 0.25, 0.55);
    ribDensity = between(random, 0.06, 0.13);
    softTissue = between(random, 0.0, 0.18);
    if (ill) {
      int count = 1 + random.nextInt(3);
      for (int i = 0; i < count; i++) {
        addOpacity(random);
      }
    }
  }

  /** A patch of overlapping blobs about a point in one lung. */
  private void addOpacity(Random random) {
    double side = random.nextBoolean() ? 1 : -1;
    double x = side * between(random, 0.32, 0.52);
    double y = between(random, -0.4, 0.25);
    double size = between(random, 0.16, 0.28);
    double density = between(random, 0.26, 0.42);
    for (int i = 0; i < 6; i++) {
      opacities.add(
          new Blob(
              x + size * between(random, -0.7, 0.7),
              y + size * between(random, -0.7, 0.7),
              size * between(random, 0.5, 1.1),
              density * between(random, 0.4, 0.8)));
    }
  }

  /**
   * A radiograph.
   *
   * @param pixels grey, row by row
   * @param opaque which of them show an opacity that can be seen
   */
  @SuppressWarnings("ArrayRecordComponent") // A carrier, never compared.
  record Radiograph(byte[] pixels, boolean[] opaque) {}

  /** One exposure: position, breath, contrast and noise are its own. */
  Radiograph radiograph(Random random) {
    double shiftX = between(random, -0.06, 0.06);
    double shiftY = between(random, -0.06, 0.06);
    double zoom = between(random, 0.94, 1.08);
    double tilt = between(random, -0.06, 0.06);
    double breath = between(random, -0.06, 0.06);
    double gain = between(random, 0.8, 1.15);
    double offset = between(random, -0.08, 0.12);
    double gradient = between(random, -0.1, 0.1);
    double grain = between(random, 0.02, 0.045);
    double[][] mottle = new double[14][14];
    for (double[] row : mottle) {
      for (int i = 0; i < row.length; i++) {
        row[i] = between(random, -0.05, 0.05);
      }
    }
    byte[] pixels = new byte[SIZE * SIZE];
    boolean[] opaque = new boolean[SIZE * SIZE];
    for (int row = 0; row < SIZE; row++) {
      for (int column = 0; column < SIZE; column++) {
        double u = 2.0 * column / SIZE - 1;
        double v = 2.0 * row / SIZE - 1;
        double x = zoom * (u + tilt * v) + shiftX;
        double y = zoom * (v - tilt * u) + shiftY;
        double light = offset + gain * density(x, y, breath) + gradient * v;
        light += interpolate(mottle, u, v) + grain * noise(random);
        pixels[row * SIZE + column] = (byte) Math.round(255 * Math.min(1, Math.max(0, light)));
        opaque[row * SIZE + column] = opacity(x, y, lung(x, y, breath)) >= SEEN;
      }
    }
    return new Radiograph(pixels, opaque);
  }

  private double opacity(double x, double y, double lung) {
    double density = 0;
    if (lung > 0) {
      for (Blob opacity : opacities) {
        density += lung * opacity.at(x, y);
      }
    }
    return density;
  }

  private double density(double x, double y, double breath) {
    double shoulders = bodyWidth + 0.25 * inside(0.9 - square((y + 1.1) / 0.9));
    double body = inside((shoulders - Math.abs(x)) / 0.08);
    double density = 0.03 + body * (0.5 + 0.1 * softTissue);

    double lung = lung(x, y, breath);
    density -= lung * (0.36 - softTissue * inside((y + 0.1) / 0.7));
    double rib = (y + ribSlope * x * x) / ribSpacing;
    double band = 1 - Math.abs(2 * (rib - Math.floor(rib)) - 1);
    density += body * ribDensity * inside((band - 0.45) / 0.4) * inside((0.8 - Math.abs(x)) / 0.2);

    double vessels = Math.abs(Math.abs(x) - 0.2) / 0.22 + Math.abs(y - 0.02) / 0.4;
    density += lung * 0.16 * inside((1 - vessels) / 0.8);
    double vertebra = (y + 1) / 0.13;
    double disc = Math.abs(2 * (vertebra - Math.floor(vertebra)) - 1);
    density += body * inside((0.11 - Math.abs(x)) / 0.05) * (0.16 + 0.04 * disc);
    double heart =
        1 - square((x - heartShift) / heartSize) - square((y - 0.28) / (heartSize * 1.15));
    density += 0.26 * inside(heart / 0.35) * Math.max(lung, 0.15);
    return density + opacity(x, y, lung);
  }

  /** 1 in a lung, 0 outside, between on its edge. */
  private double lung(double x, double y, double breath) {
    double dome = (x > 0 ? leftDome : rightDome) + breath;
    double fromCentre = (Math.abs(x) - 0.42) / lungWidth;
    double height = (y - (lungTop + dome) / 2) / ((dome - lungTop) / 2 + 0.12);
    double outline = inside((1 - square(fromCentre) - square(height) * Math.abs(height)) / 0.3);
    double diaphragm = dome + 0.35 * square(Math.abs(x) - 0.4);
    return outline * inside((diaphragm - y) / 0.05);
  }

  /** A soft step: 0 up to 0, 1 from 1. */
  private static double inside(double depth) {
    double t = Math.min(1, Math.max(0, depth));
    return t * t * (3 - 2 * t);
  }

  private static double interpolate(double[][] grid, double u, double v) {
    double x = (u + 1) / 2 * (grid.length - 2);
    double y = (v + 1) / 2 * (grid.length - 2);
    int column = (int) x;
    int row = (int) y;
    double right = x - column;
    double down = y - row;
    return (1 - down) * ((1 - right) * grid[row][column] + right * grid[row][column + 1])
        + down * ((1 - right) * grid[row + 1][column] + right * grid[row + 1][column + 1]);
  }

  /** About normal, with deviation 1: the sum of four uniform numbers, of 16 bits each. */
  private static double noise(Random random) {
    long bits = random.nextLong();
    int sum = (short) bits + (short) (bits >> 16) + (short) (bits >> 32) + (short) (bits >> 48);
    return sum / 37837.0; // 65536 * sqrt(4 / 12)
  }

  private static double between(Random random, double least, double most) {
    return least + (most - least) * random.nextDouble();
  }

  private static double square(double value) {
    return value * value;
  }
}
