package io.pneuma.images;

import static org.bytedeco.opencv.global.opencv_core.BORDER_REPLICATE;
import static org.bytedeco.opencv.global.opencv_core.CV_64F;
import static org.bytedeco.opencv.global.opencv_imgproc.INTER_LINEAR;
import static org.bytedeco.opencv.global.opencv_imgproc.WARP_INVERSE_MAP;
import static org.bytedeco.opencv.global.opencv_imgproc.warpAffine;

import io.pneuma.config.Recipe.Augmentation;
import java.nio.DoubleBuffer;
import java.util.Random;
import org.bytedeco.opencv.opencv_core.Mat;
import org.bytedeco.opencv.opencv_core.Scalar;
import org.bytedeco.opencv.opencv_core.Size;

/**
 * Where the pixels of a view come from: crop, rotation about the crop's centre, horizontal flip,
 * zoom and shift, with the resize, in a single interpolation. Pixels from beyond the image repeat
 * its border.
 *
 * @param crop side of the crop, as a share of the image's
 * @param alongX place of the crop, from 0 at the left to 1 at the right
 * @param alongY the same from top to bottom
 * @param zoom how many times as large all is shown
 * @param shiftX how far all is shifted to the right, as a share of the image's width
 * @param shiftY the same to the bottom and of its height
 */
record Geometry(
    double crop,
    double alongX,
    double alongY,
    double degrees,
    boolean mirrored,
    double zoom,
    double shiftX,
    double shiftY) {
  /** The image as it is. */
  static final Geometry PLAIN = new Geometry(1, 0, 0, 0, false, 1, 0, 0);

  /** All numbers are drawn whether they are wanted or not, so that a key does not change others. */
  static Geometry draw(Augmentation augmentation, Random random) {
    return new Geometry(
        augmentation.crop() + (1 - augmentation.crop()) * random.nextDouble(),
        random.nextDouble(),
        random.nextDouble(),
        Draws.aside(random) * augmentation.rotateDegrees(),
        random.nextDouble() < augmentation.flipHorizontal(),
        Draws.ratio(random, augmentation.variation().zoom()),
        Draws.aside(random) * augmentation.variation().translate(),
        Draws.aside(random) * augmentation.variation().translate());
  }

  /** The side to which a whole image is shrunk where the most is enlarged. */
  static int wanted(Augmentation augmentation, int size) {
    return (int) Math.ceil(size * (1 + augmentation.variation().zoom()) / augmentation.crop());
  }

  /** A square view of an image of any size. */
  Mat view(Mat source, int size) {
    return equals(PLAIN) ? Resizing.square(source, size) : warp(source, size);
  }

  private Mat warp(Mat source, int size) {
    double width = crop * source.cols();
    double height = crop * source.rows();
    double centreX = alongX * (source.cols() - width) + width / 2 - shiftX * source.cols();
    double centreY = alongY * (source.rows() - height) + height / 2 - shiftY * source.rows();
    double mirror = mirrored ? -1 : 1;

    // A target pixel (u, v), counted from the centre in sides of what is shown, is
    //   (x, y) = centre + rotation * (mirror * u * width, v * height)
    // in the source, which is first shrunk so that what is shown has about the target's size.
    int most = (int) Math.round(size * zoom / crop);
    Mat shrunk = Resizing.shrink(source, most, most);
    double scaleX = (double) shrunk.cols() / source.cols();
    double scaleY = (double) shrunk.rows() / source.rows();
    double cos = StrictMath.cos(Math.toRadians(degrees));
    double sin = StrictMath.sin(Math.toRadians(degrees));
    double xu = scaleX * cos * mirror * width / zoom / size;
    double xv = scaleX * -sin * height / zoom / size;
    double yu = scaleY * sin * mirror * width / zoom / size;
    double yv = scaleY * cos * height / zoom / size;
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
