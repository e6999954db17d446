package io.pneuma.weights;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * A tensor where it lies in its file.
 *
 * @param file for messages
 * @param data its bytes, little-endian, row by row; mapped, so nothing is read before it is used
 */
@SuppressWarnings("ArrayRecordComponent") // Deeplearning4j's shapes are arrays; accessors copy.
public record Tensor(Path file, String key, DType dtype, long[] shape, ByteBuffer data) {

  /** The size of each dimension; empty for a scalar. */
  @Override
  public long[] shape() {
    return shape.clone();
  }

  /** A view of the bytes with a position of its own. */
  @Override
  public ByteBuffer data() {
    return data.asReadOnlyBuffer().order(ByteOrder.LITTLE_ENDIAN);
  }

  /** Number of elements. */
  public int size() {
    return data.remaining() / dtype.width();
  }

  /**
   * Puts the elements into the buffer from its position on.
   *
   * @param allowNonFinite take NaN and infinite values as they are
   * @throws WeightsException when the type is no floating point, or an element is NaN, infinite or
   *     too large for a float
   */
  public void copyTo(FloatBuffer target, boolean allowNonFinite) throws WeightsException {
    if (!dtype.isFloat()) {
      throw new WeightsException(
          file,
          "tensor "
              + WeightsException.quote(key)
              + " is of type "
              + dtype
              + "; expected F32, F16, BF16 or F64");
    }
    if (target.remaining() < size()) {
      throw new IllegalArgumentException(
          key + " has " + size() + " elements; the buffer takes " + target.remaining());
    }
    ByteBuffer source = data().slice().order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < size(); i++) {
      double element = dtype.read(source, i);
      float number = (float) element;
      if (!allowNonFinite && !Float.isFinite(number)) {
        String what =
            Double.isFinite(element) ? element + ", too large for a float," : "" + element;
        throw new WeightsException(
            file,
            "tensor "
                + WeightsException.quote(key)
                + " holds "
                + what
                + " at index "
                + i
                + "; if that is meant, say weights: {file: ..., allowNonFinite: true}");
      }
      target.put(number);
    }
  }

  /** The elements as floats, on the same conditions as {@link #copyTo}. */
  public float[] floats(boolean allowNonFinite) throws WeightsException {
    float[] floats = new float[dtype.isFloat() ? size() : 0];
    copyTo(FloatBuffer.wrap(floats), allowNonFinite);
    return floats;
  }

  @Override
  public String toString() {
    return key + " " + dtype + " " + Arrays.toString(shape);
  }
}
