package io.pneuma.images;

import io.pneuma.config.Recipe.Augmentation;
import java.util.Random;
import org.bytedeco.javacv.OpenCVFrameConverter;
import org.bytedeco.opencv.opencv_core.Mat;
import org.datavec.image.data.ImageWritable;
import org.datavec.image.transform.BaseImageTransform;

/**
 * The augmentation as one DataVec transform: a {@link Geometry} and an {@link Exposure} are drawn.
 *
 * <p>DataVec's own transforms would take an interpolation each, know 8 bits alone where they
 * equalise, and the constructors of its random crop and pipeline reseed the generator that
 * initialisation and dropout draw from. Like every DataVec transform this one holds state: one for
 * each image.
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
    Geometry geometry = Geometry.draw(augmentation, random);
    Exposure exposure = Exposure.draw(augmentation.variation(), random);
    Mat source = converter.convert(image.getFrame());
    return new ImageWritable(converter.convert(exposure.of(geometry.view(source, size))));
  }
}
