package io.pneuma.images;

import static org.bytedeco.opencv.global.opencv_imgproc.INTER_AREA;
import static org.bytedeco.opencv.global.opencv_imgproc.INTER_LINEAR;
import static org.bytedeco.opencv.global.opencv_imgproc.resize;

import org.bytedeco.opencv.opencv_core.Mat;
import org.bytedeco.opencv.opencv_core.Size;

/** Changes of an image's size that keep fine ribs and vessels from turning into moire. */
final class Resizing {
  private Resizing() {}

  /** Averages over areas until the image is no larger; a side that fits already stays. */
  static Mat shrink(Mat image, int mostWidth, int mostHeight) {
    return to(
        image, Math.min(image.cols(), mostWidth), Math.min(image.rows(), mostHeight), INTER_AREA);
  }

  /** The whole image as a square: averaged where it shrinks, interpolated where it grows. */
  static Mat square(Mat image, int size) {
    return to(shrink(image, size, size), size, size, INTER_LINEAR);
  }

  private static Mat to(Mat image, int width, int height, int interpolation) {
    if (image.cols() == width && image.rows() == height) {
      return image;
    }
    Mat resized = new Mat();
    resize(image, resized, new Size(width, height), 0, 0, interpolation);
    return resized;
  }
}
