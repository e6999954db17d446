package io.pneuma.images;

import static org.bytedeco.opencv.global.opencv_core.BORDER_REPLICATE;
import static org.bytedeco.opencv.global.opencv_core.CV_64F;
import static org.bytedeco.opencv.global.opencv_imgproc.INTER_LINEAR;
import static org.bytedeco.opencv.global.opencv_imgproc.WARP_INVERSE_MAP;
import static org.bytedeco.opencv.global.opencv_imgproc.warpAffine;

import io.pneuma.config.Recipe.Augmentation;
import java.nio.DoubleBuffer;
import java.util.Random;
import org.bytedeco.javacv.OpenCVFrameConverter;
import org.bytedeco.opencv.opencv_core.Mat;
import org.bytedeco.opencv.opencv_core.Scalar;
import org.bytedeco.opencv.opencv_core.Size;
import org.datavec.image.data.ImageWritable;
import org.datavec.image.transform.BaseImageTransform;

/**
 * The paper's augmentation as one DataVec transform: random crop, rotation about the crop's centre
 * and horizontal flip, with the resize, in a single interpolation. Pixels from beyond the image
 * repeat its border.
 *
 * <p>DataVec's own transforms would take an interpolation each, and the constructors of its random
 * crop and pipeline reseed the generator that initialisation and dropout draw from. Like every
 * DataVec transform this one holds state: one for each image.
 */
final class RandomView extends BaseImageTransform<Mat> {
  private final int size;
  private final Augmentation augmentation;

  RandomView(int size, Augmentation augmentation) {
    this.size = size;
    this.augmentation = augmentation;
    this.converter = new OpenCVFrameConverter.ToMat();
  }

  @Override
  protected ImageWritable doTransform(ImageWritable image, Random random) {
    Mat source = converter.convert(image.getFrame());
    return new ImageWritable(converter.convert(warp(source, random)));
  }

  private Mat warp(Mat source, Random random) {
    double side = augmentation.crop() + (1 - augmentation.crop()) * random.nextDouble();
    double width = side * source.cols();
    double height = side * source.rows();
    double centreX = random.nextDouble() * (source.cols() - width) + width / 2;
    double centreY = random.nextDouble() * (source.rows() - height) + height / 2;
    double degrees = (2 * random.nextDouble() - 1) * augmentation.rotateDegrees();
    double mirror = random.nextDouble() < augmentation.flipHorizontal() ? -1 : 1;

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
