package io.pneuma.inference;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.shape.Shape;

/** Arrays as native code wants them. */
public final class RowMajor {
  private RowMajor() {}

  /**
   * An array whose numbers lie one behind the other in C order, from the address of its data on:
   * the given one where it is like that, such as one that was only reshaped, or else a copy.
   */
  public static INDArray of(INDArray array) {
    return array.ordering() == 'c' && Shape.hasDefaultStridesForShape(array)
        ? array
        : array.dup('c');
  }
}
