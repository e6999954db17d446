package io.pneuma.images;

import io.pneuma.config.Recipe.Augmentation;
import java.util.Random;
import org.bytedeco.javacv.OpenCVFrameConverter;
import org.bytedeco.opencv.opencv_core.Mat;
import org.datavec.image.data.ImageWritable;
import org.datavec.image.transform.BaseImageTransform;

/**
 * The paper's augmentation as one DataVec transform: random crop, rotation about the crop's centre
 * and horizontal flip, with the resize, in a single interpolation ({@link Crop}).
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
    double across = random.nextDouble();
    double down = random.nextDouble();
    double degrees = (2 * random.nextDouble() - 1) * augmentation.rotateDegrees();
    boolean mirrored = random.nextDouble() < augmentation.flipHorizontal();
    return new Crop(side, across, down, degrees, mirrored).of(source, size);
  }
}
