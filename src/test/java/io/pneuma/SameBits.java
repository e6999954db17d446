package io.pneuma;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Compares arrays to the last bit, where their own {@code equals} takes 1e-5 for nothing. */
public final class SameBits {
  private SameBits() {}

  /** Fails unless both have the same shape and, bit for bit, the same numbers. */
  public static void assertSameBits(INDArray expected, INDArray actual) {
    assertArrayEquals(expected.shape(), actual.shape());
    if (expected.dataType() == DataType.DOUBLE) {
      assertArrayEquals(expected.dup('c').data().asDouble(), actual.dup('c').data().asDouble());
    } else {
      assertArrayEquals(expected.dup('c').data().asFloat(), actual.dup('c').data().asFloat());
    }
  }
}
