package io.pneuma.images;

import org.bytedeco.opencv.opencv_core.Mat;

/**
 * A look at an image that nothing is drawn for, so that it is the same each time: the whole image
 * or a crop of it, mirrored or not.
 *
 * @param side of the crop, as a share of the image's sides; 1 for the whole image
 * @param across where it lies in the room that it leaves: 0 at the left end, 1 at the right
 * @param down the same from the top, 0, to the bottom, 1
 * @param mirrored left and right exchanged
 */
public record FixedView(double side, double across, double down, boolean mirrored) {
  /** The plain view. */
  public static final FixedView PLAIN = new FixedView(1, 0.5, 0.5, false);

  /** The view of a decoded image. */
  Mat of(Mat decoded, int size) {
    return equals(PLAIN)
        ? Resizing.square(decoded, size)
        : new Crop(side, across, down, 0, mirrored).of(decoded, size);
  }
}
