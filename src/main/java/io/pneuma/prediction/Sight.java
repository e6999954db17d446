package io.pneuma.prediction;

import io.pneuma.config.Recipe;
import io.pneuma.config.Recipe.DicomRule;
import io.pneuma.images.FixedView;
import io.pneuma.images.GreyLayout;
import io.pneuma.images.ImagePipeline;
import io.pneuma.images.Shift;
import java.io.IOException;
import java.io.Serializable;
import java.nio.FloatBuffer;
import java.util.List;

/**
 * How a network takes images. For networks that take them alike an image is decoded once.
 *
 * @param imageSize side of the square in pixels, S
 * @param views the plain one first
 * @param rule which images in DICOM are taken
 */
record Sight(int imageSize, List<FixedView> views, DicomRule rule) implements Serializable {
  /** That of a network that a recipe trained. */
  static Sight of(Recipe recipe, Looks looks) {
    return new Sight(
        recipe.data().imageSize(), looks.views(recipe.augmentation()), recipe.data().dicom());
  }

  /**
   * An image as it is seen.
   *
   * @param pixels views x 3 x S x S
   * @param layout of the plain view
   */
  @SuppressWarnings("ArrayRecordComponent") // A carrier, never compared.
  record Seen(float[] pixels, float[] layout) {}

  /** The floats of one view. */
  int length() {
    return 3 * imageSize * imageSize;
  }

  /**
   * Looks at a picture as if it came from elsewhere.
   *
   * @throws io.pneuma.images.UnreadableImageException when it gives no image
   */
  Seen at(Picture picture, Shift shift) throws IOException {
    ImagePipeline plain = ImagePipeline.plain(imageSize).shifted(shift);
    FloatBuffer pixels = FloatBuffer.allocate(Math.multiplyExact(views.size(), length()));
    picture.write(rule, views.stream().map(plain::lookingAt).toList(), pixels);
    return new Seen(pixels.array(), GreyLayout.of(pixels.rewind(), imageSize));
  }
}
