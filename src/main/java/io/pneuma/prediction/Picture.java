package io.pneuma.prediction;

import io.pneuma.images.ImageBytes;
import io.pneuma.images.ImagePipeline;
import io.pneuma.images.LabelledImage;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.List;

/** An image to be answered for, which is read on one of the threads that decode. */
public interface Picture {
  /**
   * Writes its views one behind the other.
   *
   * @throws io.pneuma.images.UnreadableImageException when it gives no image
   */
  void write(List<ImagePipeline> views, FloatBuffer target) throws IOException;

  /** An image file. */
  static Picture of(Path file) {
    return (views, target) -> write(ImageBytes.of(file), views, target);
  }

  /**
   * An image file that is in memory.
   *
   * @param name what an exception names
   */
  static Picture of(String name, byte[] bytes) {
    return (views, target) -> write(ImageBytes.of(name, bytes), views, target);
  }

  /** An image of a data set; that it is still the one that was checked is checked again. */
  static Picture of(LabelledImage image) {
    return (views, target) -> write(ImageBytes.of(image), views, target);
  }

  /**
   * Pixels as the networks take them, for those that look at an image once.
   *
   * @param pixels 3 x S x S in [0,1], planes R, G and B
   */
  static Picture ofPixels(float[] pixels) {
    return (views, target) -> target.put(pixels);
  }

  private static void write(ImageBytes image, List<ImagePipeline> views, FloatBuffer target)
      throws IOException {
    for (ImagePipeline view : views) {
      view.read(image, target);
    }
  }
}
