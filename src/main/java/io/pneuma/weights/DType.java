package io.pneuma.weights;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Optional;

/** The element types of the safetensors format. */
public enum DType {
  BOOL(1),
  U8(1),
  I8(1),
  F8_E4M3(1),
  F8_E5M2(1),
  I16(2),
  U16(2),
  F16(2),
  BF16(2),
  I32(4),
  U32(4),
  F32(4),
  F64(8),
  I64(8),
  U64(8);

  private final int width;

  DType(int width) {
    this.width = width;
  }

  /** Bytes of one element. */
  public int width() {
    return width;
  }

  /** True for the types that {@link Tensor#floats} converts. */
  public boolean isFloat() {
    return switch (this) {
      case F16, BF16, F32, F64 -> true;
      default -> false;
    };
  }

  static Optional<DType> named(String name) {
    return Arrays.stream(values()).filter(type -> type.name().equals(name)).findFirst();
  }

  /** Element number {@code index} of little-endian data. */
  double read(ByteBuffer data, int index) {
    int at = index * width;
    return switch (this) {
      case F16 -> half(data.getShort(at));
      case BF16 -> Float.intBitsToFloat(data.getShort(at) << Short.SIZE); // A float's upper half.
      case F32 -> data.getFloat(at);
      case F64 -> data.getDouble(at);
      default -> throw new IllegalStateException(this + " is no floating point");
    };
  }

  /** IEEE 754 binary16: a sign, five bits of exponent with bias 15, ten of fraction. */
  private static double half(short bits) {
    double sign = bits < 0 ? -1 : 1;
    int exponent = (bits >> 10) & 0x1f;
    double fraction = bits & 0x3ff;
    if (exponent == 0x1f) {
      return fraction == 0 ? sign * Double.POSITIVE_INFINITY : Double.NaN;
    }
    return exponent == 0
        ? sign * Math.scalb(fraction, -24)
        : sign * Math.scalb(0x400 + fraction, exponent - 25);
  }
}
