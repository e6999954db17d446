package io.pneuma.images;

import static org.bytedeco.opencv.global.opencv_core.BORDER_REPLICATE;
import static org.bytedeco.opencv.global.opencv_core.CV_32F;
import static org.bytedeco.opencv.global.opencv_core.CV_64F;
import static org.bytedeco.opencv.global.opencv_core.CV_8U;
import static org.bytedeco.opencv.global.opencv_core.add;
import static org.bytedeco.opencv.global.opencv_core.extractChannel;
import static org.bytedeco.opencv.global.opencv_core.insertChannel;
import static org.bytedeco.opencv.global.opencv_core.mean;
import static org.bytedeco.opencv.global.opencv_core.pow;
import static org.bytedeco.opencv.global.opencv_imgcodecs.IMREAD_COLOR;
import static org.bytedeco.opencv.global.opencv_imgcodecs.IMREAD_GRAYSCALE;
import static org.bytedeco.opencv.global.opencv_imgcodecs.IMWRITE_JPEG_QUALITY;
import static org.bytedeco.opencv.global.opencv_imgcodecs.imdecode;
import static org.bytedeco.opencv.global.opencv_imgcodecs.imencode;
import static org.bytedeco.opencv.global.opencv_imgproc.COLOR_BGR2YCrCb;
import static org.bytedeco.opencv.global.opencv_imgproc.COLOR_GRAY2BGR;
import static org.bytedeco.opencv.global.opencv_imgproc.COLOR_YCrCb2BGR;
import static org.bytedeco.opencv.global.opencv_imgproc.FILLED;
import static org.bytedeco.opencv.global.opencv_imgproc.GaussianBlur;
import static org.bytedeco.opencv.global.opencv_imgproc.LINE_8;
import static org.bytedeco.opencv.global.opencv_imgproc.THRESH_TOZERO;
import static org.bytedeco.opencv.global.opencv_imgproc.THRESH_TRUNC;
import static org.bytedeco.opencv.global.opencv_imgproc.createCLAHE;
import static org.bytedeco.opencv.global.opencv_imgproc.cvtColor;
import static org.bytedeco.opencv.global.opencv_imgproc.rectangle;
import static org.bytedeco.opencv.global.opencv_imgproc.threshold;

import io.pneuma.config.Variation;
import java.util.Random;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.opencv.opencv_core.Mat;
import org.bytedeco.opencv.opencv_core.RNG;
import org.bytedeco.opencv.opencv_core.Rect;
import org.bytedeco.opencv.opencv_core.Scalar;
import org.bytedeco.opencv.opencv_core.Size;

/**
 * What becomes of a view's grey values on the way from the patient to the file, in that order:
 * something lies in the beam, the detector blurs and adds noise, the unit processes (adaptive
 * histogram equalisation, gamma, contrast, brightness), the archive shrinks and compresses.
 *
 * <p>Each change is OpenCV's, on floats in [0,1], so that 16 bits stay 16 bits; only the equalised
 * and the compressed view is of 8. Of a coloured view all channels get the same, and the
 * equalisation works on the luma, so that grey stays grey.
 *
 * @param brightness what the values are multiplied by
 * @param contrast what their distances from the view's mean are multiplied by
 * @param gamma the exponent that is put on them
 * @param blur standard deviation of a Gaussian, as a share of the side
 * @param noise standard deviation of Gaussian noise
 * @param seed of the noise
 * @param resolution to which share of its side the view is shrunk, and grows again
 * @param clahe clip limit of the equalisation, in means of the histogram of 8 x 8 tiles; 0 for none
 * @param jpegQuality {@link Variation#NO_COMPRESSION} for none
 */
record Exposure(
    double brightness,
    double contrast,
    double gamma,
    double blur,
    double noise,
    int seed,
    double resolution,
    double clahe,
    int jpegQuality,
    Erasure erasure) {
  /** The image as it is. */
  static final Exposure PLAIN =
      new Exposure(1, 1, 1, 0, 0, 0, 1, 0, Variation.NO_COMPRESSION, Erasure.NONE);

  private static final int TILES = 8;
  private static final double LEVELS = 255;

  /** A rectangle of one grey, of that share of the area; its place as shares of what is free. */
  record Erasure(double area, double aspect, double alongX, double alongY, double grey) {
    static final Erasure NONE = new Erasure(0, 1, 0, 0, 0);
    private static final double MOST_ASPECT = 3;

    private static Erasure draw(double most, Random random) {
      return new Erasure(
          most * Draws.half(random),
          Draws.ratio(random, MOST_ASPECT - 1),
          random.nextDouble(),
          random.nextDouble(),
          random.nextDouble());
    }

    private void draw(Mat view) {
      int width = (int) Math.round(Math.min(1, Math.sqrt(area * aspect)) * view.cols());
      int height = (int) Math.round(Math.min(1, Math.sqrt(area / aspect)) * view.rows());
      if (width > 0 && height > 0) {
        int left = (int) Math.round(alongX * (view.cols() - width));
        int top = (int) Math.round(alongY * (view.rows() - height));
        rectangle(view, new Rect(left, top, width, height), Scalar.all(grey), FILLED, LINE_8, 0);
      }
    }
  }

  /** All numbers are drawn whether they are wanted or not, so that a key does not change others. */
  static Exposure draw(Variation most, Random random) {
    double lost = Draws.half(random);
    double compressed = Draws.half(random);
    boolean compresses = compressed > 0 && most.jpegQuality() != Variation.NO_COMPRESSION;
    return new Exposure(
        Draws.ratio(random, most.brightness()),
        Draws.ratio(random, most.contrast()),
        Draws.ratio(random, most.gamma()),
        most.blur() * Draws.half(random),
        most.noise() * Draws.half(random),
        random.nextInt(),
        1 - (1 - most.resolution()) * lost,
        most.clahe() * Draws.half(random),
        compresses
            ? (int) Math.round(100 - (100 - most.jpegQuality()) * compressed)
            : Variation.NO_COMPRESSION,
        Erasure.draw(most.erase(), random));
  }

  /** The same with the noise of another seed. */
  Exposure seeded(int other) {
    return new Exposure(
        brightness, contrast, gamma, blur, noise, other, resolution, clahe, jpegQuality, erasure);
  }

  private boolean changesNothing() {
    return brightness == 1
        && contrast == 1
        && gamma == 1
        && blur == 0
        && noise == 0
        && resolution == 1
        && clahe == 0
        && jpegQuality == Variation.NO_COMPRESSION
        && erasure.area == 0;
  }

  /**
   * A view so changed.
   *
   * @param view square, grey or BGR, of 8 or 16 bits
   * @return the view itself where nothing changes; else floats in [0,1]
   */
  Mat of(Mat view) {
    if (changesNothing()) {
      return view;
    }
    Mat exposed = new Mat();
    view.convertTo(exposed, CV_32F, 1 / (view.depth() == CV_8U ? LEVELS : 65535.0), 0);
    erasure.draw(exposed);
    if (blur > 0) {
      double pixels = blur * exposed.cols();
      GaussianBlur(exposed, exposed, new Size(0, 0), pixels, pixels, BORDER_REPLICATE);
    }
    if (noise > 0) {
      exposed = clipped(noisy(exposed));
    }
    if (clahe > 0) {
      exposed = equalised(exposed);
    }
    if (gamma != 1) {
      pow(exposed, gamma, exposed);
    }
    if (contrast != 1) {
      exposed.convertTo(exposed, -1, contrast, (1 - contrast) * grey(exposed));
      exposed = clipped(exposed);
    }
    if (brightness != 1) {
      exposed.convertTo(exposed, -1, brightness, 0);
      exposed = clipped(exposed);
    }
    int side = (int) Math.max(1, Math.round(resolution * exposed.cols()));
    exposed = Resizing.square(Resizing.shrink(exposed, side, side), view.cols());
    return jpegQuality == Variation.NO_COMPRESSION ? exposed : compressed(exposed);
  }

  private static Mat clipped(Mat values) {
    threshold(values, values, 1, 0, THRESH_TRUNC);
    threshold(values, values, 0, 0, THRESH_TOZERO);
    return values;
  }

  /** The mean over all pixels and channels. */
  private static double grey(Mat values) {
    Scalar means = mean(values);
    double sum = 0;
    for (int channel = 0; channel < values.channels(); channel++) {
      sum += means.get(channel);
    }
    return sum / values.channels();
  }

  private Mat noisy(Mat values) {
    Mat drawn = new Mat(values.rows(), values.cols(), CV_32F);
    Mat none = new Mat(1, 1, CV_64F, Scalar.all(0));
    Mat deviation = new Mat(1, 1, CV_64F, Scalar.all(noise));
    new RNG(seed)._fill(drawn, RNG.NORMAL, none, deviation);
    if (values.channels() > 1) {
      cvtColor(drawn, drawn, COLOR_GRAY2BGR);
    }
    add(values, drawn, drawn);
    return drawn;
  }

  private Mat equalised(Mat values) {
    Mat bytes = bytes(values);
    if (bytes.channels() == 1) {
      createCLAHE(clahe, new Size(TILES, TILES)).apply(bytes, bytes);
    } else {
      Mat luma = new Mat();
      cvtColor(bytes, bytes, COLOR_BGR2YCrCb);
      extractChannel(bytes, luma, 0);
      createCLAHE(clahe, new Size(TILES, TILES)).apply(luma, luma);
      insertChannel(luma, bytes, 0);
      cvtColor(bytes, bytes, COLOR_YCrCb2BGR);
    }
    return floats(bytes);
  }

  private Mat compressed(Mat values) {
    BytePointer jpeg = new BytePointer();
    imencode(".jpg", bytes(values), jpeg, new IntPointer(IMWRITE_JPEG_QUALITY, jpegQuality));
    return floats(
        imdecode(new Mat(jpeg), values.channels() == 1 ? IMREAD_GRAYSCALE : IMREAD_COLOR));
  }

  private static Mat bytes(Mat values) {
    Mat bytes = new Mat();
    values.convertTo(bytes, CV_8U, LEVELS, 0);
    return bytes;
  }

  private static Mat floats(Mat bytes) {
    Mat values = new Mat();
    bytes.convertTo(values, CV_32F, 1 / LEVELS, 0);
    return values;
  }
}
