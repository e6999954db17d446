package io.pneuma.weights;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class TensorTest {
  @Test
  void convertsHalfPrecision() throws WeightsException {
    int[] bits = {0x0000, 0x8000, 0x3c00, 0xc000, 0x3555, 0x7bff, 0x0001, 0x83ff, 0x0400};
    float[] expected = {0f, -0f, 1f, -2f, 0x1.554p-2f, 65504f, 0x1p-24f, -0x3ffp-24f, 0x1p-14f};
    assertArrayEquals(expected, shorts(DType.F16, bits).floats(false));
  }

  @Test
  void convertsBrainFloats() throws WeightsException {
    int[] bits = {0x0000, 0x8000, 0x3f80, 0xc049, 0x7f7f, 0x0001};
    float[] expected = {0f, -0f, 1f, -3.140625f, 0x1.fep127f, 0x1p-133f};
    assertArrayEquals(expected, shorts(DType.BF16, bits).floats(false));
  }

  @Test
  void convertsDoubles() throws WeightsException {
    double[] doubles = {0.1, -1e-320, Float.MAX_VALUE, Float.MIN_VALUE};
    assertArrayEquals(
        new float[] {0.1f, -0f, Float.MAX_VALUE, Float.MIN_VALUE}, doubles(doubles).floats(false));
  }

  @Test
  void refusesWhatIsNotFiniteByKeyAndIndex() {
    String remedy = "; to take it so: weights: {file: x.safetensors, allowNonFinite: true}";
    refuses("tensor \"w\" holds NaN at index 1" + remedy, shorts(DType.F16, 0, 0x7e01));
    refuses("tensor \"w\" holds Infinity at index 0" + remedy, shorts(DType.F16, 0x7c00));
    refuses("tensor \"w\" holds -Infinity at index 2" + remedy, shorts(DType.BF16, 0, 0, 0xff80));
    refuses("tensor \"w\" holds NaN at index 0" + remedy, shorts(DType.BF16, 0xffff));
    refuses("tensor \"w\" holds NaN at index 0" + remedy, doubles(Double.NaN));
    Tensor nan = tensor(DType.F32, bytes(4).putInt(0x7fc00000));
    refuses("tensor \"w\" holds NaN at index 0" + remedy, nan);
    refuses("tensor \"w\" holds 1.0E300, too large for a float, at index 1", doubles(1, 1e300));
  }

  @Test
  void takesWhatIsNotFiniteWhenAskedTo() throws WeightsException {
    assertArrayEquals(
        new float[] {Float.NaN, 1, Float.NEGATIVE_INFINITY},
        doubles(Double.NaN, 1, Double.NEGATIVE_INFINITY).floats(true));
    Tensor tooLarge = doubles(1, 1e300);
    assertEquals(
        "x.safetensors: tensor \"w\" holds 1.0E300, too large for a float, at index 1",
        assertThrows(WeightsException.class, () -> tooLarge.floats(true)).getMessage());
  }

  @Test
  void refusesTypesThatAreNoFloats() {
    for (DType type : DType.values()) {
      if (!type.isFloat()) {
        refuses(
            "tensor \"w\" is of type " + type + "; expected F32, F16, BF16 or F64",
            tensor(type, bytes(type.width())));
      }
    }
  }

  private static void refuses(String problem, Tensor tensor) {
    assertEquals(
        "x.safetensors: " + problem,
        assertThrows(WeightsException.class, () -> tensor.floats(false)).getMessage());
  }

  private static Tensor shorts(DType type, int... bits) {
    ByteBuffer bytes = bytes(2 * bits.length);
    for (int each : bits) {
      bytes.putShort((short) each);
    }
    return tensor(type, bytes);
  }

  private static Tensor doubles(double... values) {
    ByteBuffer bytes = bytes(8 * values.length);
    for (double each : values) {
      bytes.putDouble(each);
    }
    return tensor(DType.F64, bytes);
  }

  private static ByteBuffer bytes(int count) {
    return ByteBuffer.allocate(count).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static Tensor tensor(DType type, ByteBuffer bytes) {
    bytes.clear();
    return new Tensor(
        Path.of("x.safetensors"), "w", type, new long[] {bytes.limit() / type.width()}, bytes);
  }
}
