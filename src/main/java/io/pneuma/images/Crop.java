package io.pneuma.images;

import static org.bytedeco.opencv.global.opencv_core.BORDER_REPLICATE;
import static org.bytedeco.opencv.global.opencv_core.CV_64F;
import static org.bytedeco.opencv.global.opencv_imgproc.INTER_LINEAR;
import static org.bytedeco.opencv.global.opencv_imgproc.WARP_INVERSE_MAP;
import static org.bytedeco.opencv.global.opencv_imgproc.warpAffine;

import java.nio.DoubleBuffer;
import org.bytedeco.opencv.opencv_core.Mat;
import org.bytedeco.opencv.opencv_core.Scalar;
import org.bytedeco.opencv.opencv_core.Size;

/**
 * A part of an image, turned or mirrored, as a square in a single interpolation. Pixels from beyond
 * the image repeat its border.
 *
 * @param side of the crop, as a share of the image's sides
 * @param across where it lies in the room that it leaves: 0 at the left end, 1 at the right
 * @param down the same from the top, 0, to the bottom, 1
 * @param degrees rotation about the crop's centre
 * @param mirrored left and right exchanged
 */
record Crop(double side, double across, double down, double degrees, boolean mirrored) {
  /** The crop of this image. */
  Mat of(Mat source, int size) {
    double width = side * source.cols();
    double height = side * source.rows();
    double centreX = across * (source.cols() - width) + width / 2;
    double centreY = down * (source.rows() - height) + height / 2;
    double mirror = mirrored ? -1 : 1;

    // A target pixel (u, v), counted from the centre in sides of the crop, is
    //   (x, y) = centre + rotation * (mirror * u * width, v * height)
    // in the source, which is first shrunk so that the crop has about the target's size.
    int most = (int) Math.round(size / side);
    Mat shrunk = Resizing.shrink(source, most, most);
    double scaleX = (double) shrunk.cols() / source.cols();
    double scaleY = (double) shrunk.rows() / source.rows();
    double cos = StrictMath.cos(Math.toRadians(degrees));
    double sin = StrictMath.sin(Math.toRadians(degrees));
    double xu = scaleX * cos * mirror * width / size;
    double xv = scaleX * -sin * height / size;
    double yu = scaleY * sin * mirror * width / size;
    double yv = scaleY * cos * height / size;
    double middle = (size - 1) / 2.0; // Of pixel centres, which OpenCV counts from 0.
    Mat map = new Mat(2, 3, CV_64F);
    DoubleBuffer coefficients = map.createBuffer();
    coefficients.put(xu).put(xv).put(scaleX * centreX - 0.5 - (xu + xv) * middle);
    coefficients.put(yu).put(yv).put(scaleY * centreY - 0.5 - (yu + yv) * middle);

    Mat warped = new Mat();
    warpAffine(
        shrunk,
        warped,
        map,
        new Size(size, size),
        INTER_LINEAR | WARP_INVERSE_MAP,
        BORDER_REPLICATE,
        new Scalar());
    return warped;
  }
}
