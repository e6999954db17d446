package io.pneuma.audit;

import static org.bytedeco.opencv.global.opencv_core.CV_32F;
import static org.bytedeco.opencv.global.opencv_core.divide;
import static org.bytedeco.opencv.global.opencv_core.multiply;
import static org.bytedeco.opencv.global.opencv_core.sqrt;
import static org.bytedeco.opencv.global.opencv_core.subtract;
import static org.bytedeco.opencv.global.opencv_imgproc.GaussianBlur;

import java.nio.ByteBuffer;
import org.bytedeco.opencv.global.opencv_core;
import org.bytedeco.opencv.opencv_core.Mat;
import org.bytedeco.opencv.opencv_core.Size;

/**
 * What remains of a picture when its brightness and contrast are taken out everywhere: grey less
 * its local mean, over its local deviation (Pinto, Cox and DiCarlo, "Why is real-world visual
 * object recognition hard?", 2008). Exposure, gamma and compression hardly change it.
 */
final class LocalContrast {
  /** Added to the variance, in grey values of 255, so that flat parts stay flat. */
  private static final double NOISE = 4;

  private LocalContrast() {}

  /** The grey values of a tile, as floats from 0 to 255. */
  static Mat grey(byte[] tile) {
    Mat bytes = new Mat(Look.TILE, Look.TILE, opencv_core.CV_8U);
    bytes.<ByteBuffer>createBuffer().put(tile);
    Mat grey = new Mat();
    bytes.convertTo(grey, CV_32F);
    return grey;
  }

  /**
   * Takes brightness and contrast out.
   *
   * @param sigma of the Gaussian that tells what is local, in pixels
   */
  static Mat of(Mat grey, double sigma) {
    Mat mean = new Mat();
    GaussianBlur(grey, mean, new Size(0, 0), sigma);
    Mat apart = new Mat();
    subtract(grey, mean, apart);
    Mat variance = new Mat();
    multiply(apart, apart, variance);
    GaussianBlur(variance, variance, new Size(0, 0), 2 * sigma);
    Mat deviation = new Mat();
    variance.convertTo(deviation, -1, 1, NOISE);
    sqrt(deviation, deviation);
    divide(apart, deviation, apart);
    return apart;
  }
}
