package io.pneuma.images;

/**
 * One look at an image.
 *
 * @param view {@link ImagePipeline#PLAIN}, or the number of an augmented view, from 1, or that of a
 *     shifted one, from -1 down
 */
public record ImageView(LabelledImage image, int view) {
  /** The image as if it came from elsewhere, by one of {@link Shift#MIDDLE}. */
  public static ImageView shifted(LabelledImage image, int shift) {
    return new ImageView(image, -1 - shift);
  }

  /** Whether nothing was drawn for it, so that it is the same under any augmentation. */
  public boolean isFixed() {
    return view <= ImagePipeline.PLAIN;
  }
}
