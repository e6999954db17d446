package io.pneuma.audit;

import static org.bytedeco.opencv.global.opencv_core.CV_8UC1;
import static org.bytedeco.opencv.global.opencv_imgcodecs.IMREAD_GRAYSCALE;
import static org.bytedeco.opencv.global.opencv_imgcodecs.IMWRITE_JPEG_QUALITY;
import static org.bytedeco.opencv.global.opencv_imgcodecs.imread;
import static org.bytedeco.opencv.global.opencv_imgcodecs.imwrite;
import static org.bytedeco.opencv.global.opencv_imgproc.FONT_HERSHEY_SIMPLEX;
import static org.bytedeco.opencv.global.opencv_imgproc.INTER_AREA;
import static org.bytedeco.opencv.global.opencv_imgproc.LINE_AA;
import static org.bytedeco.opencv.global.opencv_imgproc.circle;
import static org.bytedeco.opencv.global.opencv_imgproc.putText;
import static org.bytedeco.opencv.global.opencv_imgproc.rectangle;
import static org.bytedeco.opencv.global.opencv_imgproc.resize;

import java.nio.file.Path;
import java.util.Random;
import org.bytedeco.opencv.opencv_core.Mat;
import org.bytedeco.opencv.opencv_core.Point;
import org.bytedeco.opencv.opencv_core.Rect;
import org.bytedeco.opencv.opencv_core.Scalar;
import org.bytedeco.opencv.opencv_core.Size;

/** Faults put into a folder of images, to be found again. */
final class Planted {
  private Planted() {}

  /** The same picture again: another crop, contrast, brightness, size and compression. */
  static void copy(Path from, Path to, Random random) {
    Mat image = imread(from.toString(), IMREAD_GRAYSCALE);
    int width = (int) (image.cols() * between(random, 0.75, 0.97));
    int height = (int) (image.rows() * between(random, 0.75, 0.97));
    int x = random.nextInt(image.cols() - width + 1);
    int y = random.nextInt(image.rows() - height + 1);
    Mat changed = new Mat();
    image
        .apply(new Rect(x, y, width, height))
        .convertTo(changed, -1, between(random, 0.75, 1.25), between(random, -25, 25));
    double size = between(random, 0.6, 1.4);
    Mat sized = new Mat();
    resize(
        changed,
        sized,
        new Size((int) (size * image.cols()), (int) (size * image.rows())),
        0,
        0,
        INTER_AREA);
    imwrite(to.toString(), sized, new int[] {IMWRITE_JPEG_QUALITY, 30 + random.nextInt(60)});
  }

  /** Grey shapes on a grey ground, which are no radiograph. */
  static void scene(Path to, Random random) {
    Mat image = new Mat(180, 240, CV_8UC1, new Scalar(40.0 + random.nextInt(160)));
    for (int i = 0; i < 12; i++) {
      Scalar grey = new Scalar(random.nextInt(256), 0, 0, 0);
      Point at = new Point(random.nextInt(240), random.nextInt(180));
      if (random.nextBoolean()) {
        Point end = new Point(random.nextInt(240), random.nextInt(180));
        rectangle(image, at, end, grey, -1, LINE_AA, 0);
      } else {
        circle(image, at, 5 + random.nextInt(40), grey, -1, LINE_AA, 0);
      }
    }
    imwrite(to.toString(), image);
  }

  /** A white L in the upper left corner. */
  static void letter(Path file, Random random) {
    Mat image = imread(file.toString(), IMREAD_GRAYSCALE);
    double size = image.cols() / 224.0;
    int x = (int) (size * between(random, 12, 24));
    int y = (int) (size * between(random, 28, 40));
    putText(
        image,
        "L",
        new Point(x, y),
        FONT_HERSHEY_SIMPLEX,
        0.65 * size,
        new Scalar(255, 255, 255, 0),
        (int) Math.max(2, Math.round(2 * size)),
        LINE_AA,
        false);
    imwrite(file.toString(), image);
  }

  static double between(Random random, double least, double most) {
    return least + (most - least) * random.nextDouble();
  }
}
