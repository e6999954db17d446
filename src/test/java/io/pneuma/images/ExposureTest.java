package io.pneuma.images;

import static org.bytedeco.opencv.global.opencv_core.CV_16UC1;
import static org.bytedeco.opencv.global.opencv_core.CV_8UC1;
import static org.bytedeco.opencv.global.opencv_core.CV_8UC3;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pneuma.config.Variation;
import io.pneuma.images.Exposure.Erasure;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.ShortBuffer;
import java.util.Random;
import java.util.function.IntUnaryOperator;
import org.bytedeco.opencv.opencv_core.Mat;
import org.bytedeco.opencv.opencv_core.Scalar;
import org.junit.jupiter.api.Test;

class ExposureTest {
  private static final int SIDE = 64;
  private static final int NO_JPEG = Variation.NO_COMPRESSION;

  /** A grey view of 8 bits, from the index of each pixel. */
  private static Mat grey(IntUnaryOperator values) {
    Mat view = new Mat(SIDE, SIDE, CV_8UC1);
    ByteBuffer pixels = view.createBuffer();
    for (int i = 0; i < SIDE * SIDE; i++) {
      pixels.put((byte) values.applyAsInt(i));
    }
    return view;
  }

  private static float[] values(Mat floats) {
    float[] values = new float[SIDE * SIDE * floats.channels()];
    floats.<FloatBuffer>createBuffer().get(values);
    return values;
  }

  private static Exposure tone(double brightness, double contrast, double gamma) {
    return new Exposure(brightness, contrast, gamma, 0, 0, 0, 1, 0, NO_JPEG, Erasure.NONE);
  }

  private static Exposure detector(double blur, double noise, int seed) {
    return new Exposure(1, 1, 1, blur, noise, seed, 1, 0, NO_JPEG, Erasure.NONE);
  }

  private static Exposure archive(double resolution, double clahe, int jpeg) {
    return new Exposure(1, 1, 1, 0, 0, 0, resolution, clahe, jpeg, Erasure.NONE);
  }

  private static double deviation(float[] values) {
    double mean = 0;
    double squares = 0;
    for (float value : values) {
      mean += value / values.length;
    }
    for (float value : values) {
      squares += (value - mean) * (value - mean) / values.length;
    }
    return Math.sqrt(squares);
  }

  @Test
  void theSameUnitChangesNothing() {
    Mat view = grey(i -> i);
    assertSame(view, Exposure.PLAIN.of(view));
    assertSame(view, Exposure.draw(Variation.NONE, new Random(1)).of(view));
  }

  @Test
  void brightnessMultipliesUpToWhite() {
    float[] values = values(tone(1.5, 1, 1).of(grey(i -> i % 2 == 0 ? 51 : 204)));
    assertEquals(0.3, values[0], 1e-6);
    assertEquals(1, values[1]);
  }

  @Test
  void contrastMultipliesTheDistanceFromTheMean() {
    float[] values = values(tone(1, 1.5, 1).of(grey(i -> i % 2 == 0 ? 51 : 153)));
    assertEquals(0.1, values[0], 1e-6); // 0.4 - 1.5 * 0.2
    assertEquals(0.7, values[1], 1e-6);
  }

  @Test
  void gammaIsAnExponent() {
    assertEquals(0.04, values(tone(1, 1, 2).of(grey(i -> 51)))[0], 1e-6);
  }

  @Test
  void sixteenBitsStaySo() {
    Mat view = new Mat(SIDE, SIDE, CV_16UC1);
    ShortBuffer pixels = view.createBuffer();
    for (int i = 0; i < SIDE * SIDE; i++) {
      pixels.put((short) 10_001);
    }
    assertEquals(20_002 / 65_535f, values(tone(2, 1, 1).of(view))[7], 1e-7);
  }

  @Test
  void blurSpreadsWhatItKeeps() {
    int middle = SIDE / 2 * SIDE + SIDE / 2;
    float[] values = values(detector(2.0 / SIDE, 0, 0).of(grey(i -> i == middle ? 255 : 0)));
    double sum = 0;
    for (float value : values) {
      sum += value;
    }
    assertEquals(1, sum, 1e-4);
    assertEquals(1 / (2 * Math.PI * 4), values[middle], 1e-3); // A Gaussian of 2 pixels.
  }

  @Test
  void noiseHasItsDeviationAndIsTheSameInAllColours() {
    Mat flat = new Mat(SIDE, SIDE, CV_8UC3, Scalar.all(128));
    float[] colours = values(detector(0, 0.05, 7).of(flat));
    assertEquals(0.05, deviation(colours), 0.003);
    for (int i = 0; i < colours.length; i += 3) {
      assertEquals(colours[i], colours[i + 1]);
      assertEquals(colours[i], colours[i + 2]);
    }
    assertArrayEquals(colours, values(detector(0, 0.05, 7).of(flat)));
    assertTrue(colours[3] != values(detector(0, 0.05, 8).of(flat))[3]);
  }

  @Test
  void halfTheResolutionTakesAwayWhatAlternates() {
    float[] values = values(archive(0.5, 0, NO_JPEG).of(grey(i -> i % 2 == 0 ? 0 : 255)));
    assertEquals(0.5, values[SIDE + 5], 1e-6);
    assertEquals(0, deviation(values), 1e-6);
  }

  @Test
  void equalisationStretchesTheGreysThatAreThere() {
    Mat dull = grey(i -> 120 + i % 16);
    assertEquals(4.6 / 255, deviation(values(tone(1.0001, 1, 1).of(dull))), 0.1 / 255);
    assertTrue(deviation(values(archive(1, 40, NO_JPEG).of(dull))) > 3 * 4.6 / 255);
  }

  @Test
  void compressionLosesMoreAtALowerQuality() {
    Random random = new Random(1);
    Mat noise = grey(i -> random.nextInt(256));
    float[] before = values(tone(1 + 1e-9, 1, 1).of(noise));
    double[] lost = new double[2];
    for (int i = 0; i < 2; i++) {
      float[] after = values(archive(1, 0, i == 0 ? 90 : 10).of(noise));
      for (int pixel = 0; pixel < after.length; pixel++) {
        lost[i] += Math.abs(after[pixel] - before[pixel]) / after.length;
      }
    }
    assertTrue(lost[0] > 0 && lost[1] > 3 * lost[0], lost[0] + ", " + lost[1]);
  }

  @Test
  void anErasureIsARectangleOfItsAreaAndGrey() {
    Erasure quarter = new Erasure(0.25, 1, 1, 0, 0.6);
    float[] values =
        values(new Exposure(1, 1, 1, 0, 0, 0, 1, 0, NO_JPEG, quarter).of(grey(i -> 0)));
    for (int i = 0; i < values.length; i++) {
      boolean inside = i % SIDE >= SIDE / 2 && i / SIDE < SIDE / 2; // At the upper right.
      assertEquals(inside ? 0.6f : 0, values[i], "pixel " + i);
    }
  }

  @Test
  void oneSidedChangesSpareHalfOfTheViews() {
    Random random = new Random(3);
    Variation all = new Variation(0, 0, 0, 0.01, 0, 1, 0, 50, 0, 0, 0);
    int blurred = 0;
    int compressed = 0;
    for (int view = 0; view < 1000; view++) {
      Exposure exposure = Exposure.draw(all, random);
      assertTrue(exposure.blur() <= 0.01);
      assertTrue(exposure.jpegQuality() >= 50);
      blurred += exposure.blur() > 0 ? 1 : 0;
      compressed += exposure.jpegQuality() < NO_JPEG ? 1 : 0;
    }
    assertEquals(500, blurred, 60);
    assertEquals(500, compressed, 60);
  }
}
