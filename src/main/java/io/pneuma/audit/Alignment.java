package io.pneuma.audit;

import static org.bytedeco.opencv.global.opencv_core.BORDER_CONSTANT;
import static org.bytedeco.opencv.global.opencv_core.BORDER_REPLICATE;
import static org.bytedeco.opencv.global.opencv_core.CV_32F;
import static org.bytedeco.opencv.global.opencv_core.CV_8U;
import static org.bytedeco.opencv.global.opencv_imgproc.INTER_AREA;
import static org.bytedeco.opencv.global.opencv_imgproc.INTER_LINEAR;
import static org.bytedeco.opencv.global.opencv_imgproc.INTER_NEAREST;
import static org.bytedeco.opencv.global.opencv_imgproc.WARP_INVERSE_MAP;
import static org.bytedeco.opencv.global.opencv_imgproc.resize;
import static org.bytedeco.opencv.global.opencv_imgproc.warpAffine;
import static org.bytedeco.opencv.global.opencv_video.MOTION_AFFINE;
import static org.bytedeco.opencv.global.opencv_video.findTransformECC;

import io.pneuma.audit.Crops.Box;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.opencv.opencv_core.Mat;
import org.bytedeco.opencv.opencv_core.Scalar;
import org.bytedeco.opencv.opencv_core.Size;
import org.bytedeco.opencv.opencv_core.TermCriteria;

/**
 * Lays one picture over another and says how alike they are there. The affine map is found by
 * enhanced correlation (Evangelidis and Psarakis, "Parametric image alignment using enhanced
 * correlation coefficient maximization", 2008) from a first guess.
 */
final class Alignment {
  /** Sides of the pictures that are laid over each other, in pixels: first a cheap look. */
  static final int COARSE = 32;

  static final int FINE = Look.TILE;

  private static final int SIGMA_SHARE = 20; // Of a picture's side.
  private static final int BLUR = 5;
  private static final TermCriteria UNTIL =
      new TermCriteria(TermCriteria.COUNT | TermCriteria.EPS, 40, 1e-4);

  /** Least share of the picture that must lie over the other. */
  private static final double LEAST_OVERLAP = 0.4;

  /** Bounds of what a side may grow by. */
  private static final double LEAST_SCALE = 0.5;

  private static final double MOST_SCALE = 1.6;

  private Alignment() {}

  /**
   * The correlation of two pictures' local contrast where they lie over each other: about 1 for two
   * copies of one picture.
   *
   * @param whole a tile that may be a crop of the other
   * @param box where in the other it is expected
   * @param side {@link #COARSE} or {@link #FINE}
   */
  @SuppressWarnings("unchecked") // PointerScope's empty list of classes is a generic array.
  static double likeness(byte[] whole, byte[] other, Box box, int side) {
    PointerScope scope = new PointerScope();
    try {
      Mat first = sized(LocalContrast.grey(whole), side);
      Mat second = sized(LocalContrast.grey(other), side);
      Mat guess = map(box, side);
      double guessed = correlation(first, second, guess);
      Mat found = guess.clone();
      try {
        findTransformECC(
            contrast(first), contrast(second), found, MOTION_AFFINE, UNTIL, new Mat(), BLUR);
      } catch (RuntimeException e) {
        return guessed; // It did not converge, as where the pictures have nothing in common.
      }
      return isSane(found) ? Math.max(guessed, correlation(first, second, found)) : guessed;
    } finally {
      scope.close();
    }
  }

  private static Mat sized(Mat grey, int side) {
    Mat sized = new Mat();
    resize(grey, sized, new Size(side, side), 0, 0, INTER_AREA);
    return sized;
  }

  private static Mat contrast(Mat grey) {
    return LocalContrast.of(grey, (double) grey.cols() / SIGMA_SHARE);
  }

  private static Mat map(Box box, int side) {
    Mat map = new Mat(2, 3, CV_32F);
    float width = (float) box.width();
    float height = (float) box.height();
    // Pixel centres are at whole numbers.
    float x = (float) (box.x() * side + (width - 1) / 2);
    float y = (float) (box.y() * side + (height - 1) / 2);
    map.<FloatBuffer>createBuffer().put(new float[] {width, 0, x, 0, height, y});
    return map;
  }

  private static boolean isSane(Mat map) {
    FloatBuffer m = map.createBuffer();
    double across = Math.hypot(m.get(0), m.get(3));
    double down = Math.hypot(m.get(1), m.get(4));
    double area = m.get(0) * m.get(4) - m.get(1) * m.get(3);
    return across > LEAST_SCALE
        && across < MOST_SCALE
        && down > LEAST_SCALE
        && down < MOST_SCALE
        && area > LEAST_SCALE * across * down;
  }

  private static double correlation(Mat first, Mat second, Mat map) {
    Mat over = new Mat();
    warpAffine(
        second,
        over,
        map,
        first.size(),
        INTER_LINEAR | WARP_INVERSE_MAP,
        BORDER_REPLICATE,
        new Scalar(0));
    Mat inside = new Mat();
    warpAffine(
        new Mat(second.size(), CV_8U, new Scalar(255)),
        inside,
        map,
        first.size(),
        INTER_NEAREST | WARP_INVERSE_MAP,
        BORDER_CONSTANT,
        new Scalar(0));
    FloatBuffer a = contrast(first).createBuffer();
    FloatBuffer b = contrast(over).createBuffer();
    ByteBuffer mask = inside.createBuffer();
    double n = 0;
    double sumA = 0;
    double sumB = 0;
    double squaresA = 0;
    double squaresB = 0;
    double products = 0;
    for (int i = 0; i < mask.limit(); i++) {
      if (mask.get(i) != 0) {
        double left = a.get(i);
        double right = b.get(i);
        n++;
        sumA += left;
        sumB += right;
        squaresA += left * left;
        squaresB += right * right;
        products += left * right;
      }
    }
    double spread = (squaresA - sumA * sumA / n) * (squaresB - sumB * sumB / n);
    return n < LEAST_OVERLAP * mask.limit() || !(spread > 1e-6)
        ? 0
        : (products - sumA * sumB / n) / Math.sqrt(spread);
  }
}
