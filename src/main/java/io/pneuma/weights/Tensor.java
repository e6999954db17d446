package io.pneuma.weights;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
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
   * The elements as floats, row by row.
   *
   * @param allowNonFinite whether NaN and infinite elements may be among them
   * @throws WeightsException when the type is no floating point, an element is too large for a
   *     float, or one is NaN or infinite and may not be
   */
  public float[] floats(boolean allowNonFinite) throws WeightsException {
    float[] floats = new float[dtype.isFloat() ? size() : 0];
    copyTo(floats, allowNonFinite);
    return floats;
  }

  /** Puts what {@link #floats} gives at the start of an array, which may be longer. */
  public void copyTo(float[] floats, boolean allowNonFinite) throws WeightsException {
    if (!dtype.isFloat()) {
      throw new WeightsException(
          file,
          "tensor "
              + WeightsException.quote(key)
              + " is of type "
              + dtype
              + "; expected F32, F16, BF16 or F64");
    }
    ByteBuffer source = data().slice().order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < size(); i++) {
      double element = dtype.read(source, i);
      floats[i] = (float) element;
      if (!Float.isFinite(floats[i]) && !(allowNonFinite && !Double.isFinite(element))) {
        throw notFinite(element, i);
      }
    }
  }

  /** False when an element is NaN, infinite, or too large for a float. */
  public boolean isFinite() {
    ByteBuffer source = data().slice().order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; dtype.isFloat() && i < size(); i++) {
      if (!Float.isFinite((float) dtype.read(source, i))) {
        return false;
      }
    }
    return true;
  }

  private WeightsException notFinite(double element, int index) {
    String holds = "tensor " + WeightsException.quote(key) + " holds " + element;
    String at = " at index " + index;
    return new WeightsException(
        file,
        Double.isFinite(element)
            ? holds + ", too large for a float," + at
            : holds + at + "; to take it so: weights: {file: " + file + ", allowNonFinite: true}");
  }

  @Override
  public String toString() {
    return key + " " + dtype + " " + Arrays.toString(shape);
  }
}
