package io.pneuma.images;

import java.io.Serializable;

/**
 * A look at an image that nothing is drawn for, so that it is the same each time: the whole image
 * or a crop of it, mirrored or not.
 *
 * @param side of the crop, as a share of the image's sides; 1 for the whole image
 * @param across where it lies in the room that it leaves: 0 at the left end, 1 at the right
 * @param down the same from the top, 0, to the bottom, 1
 * @param mirrored left and right exchanged
 */
public record FixedView(double side, double across, double down, boolean mirrored)
    implements Serializable {
  /** The plain view. */
  public static final FixedView PLAIN = new FixedView(1, 0, 0, false);

  /** Where its pixels come from in an image that stands elsewhere by a shift. */
  Geometry of(Shift shift) {
    Geometry moved = shift.geometry();
    return new Geometry(
        side, across, down, 0, mirrored, moved.zoom(), moved.shiftX(), moved.shiftY());
  }
}
