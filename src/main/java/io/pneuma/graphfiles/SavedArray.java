package io.pneuma.graphfiles;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.DoubleBuffer;
import java.util.Set;
import org.bytedeco.javacpp.FloatPointer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.concurrency.AffinityManager.Location;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A row of numbers as ND4J saves it: two buffers, the shape's and the data's, each an allocation
 * mode, a length, a type and big-endian values. ND4J's own reader allocates what the lengths say
 * and takes any strides.
 */
public final class SavedArray {
  private static final int CHUNK = 1 << 20;
  private static final int LONGEST_SHAPE = 2 * 32 + 4; // Rank 32.

  /** Of versions before 1.0.0-alpha, whose lengths are 32-bit. */
  private static final Set<String> SHORT_MODES = Set.of("DIRECT", "HEAP", "JAVACPP");

  private static final Set<String> LONG_MODES = Set.of("LONG_SHAPE", "MIXED_DATA_TYPES");

  private SavedArray() {}

  private record Header(long length, String type) {}

  /**
   * Reads to the end of the stream.
   *
   * @param expected number of values
   * @param size bytes that the stream is said to hold
   * @return 1 x expected, as floats
   * @throws IOException when it states another number of values than expected, or ends early
   */
  static INDArray read(DataInputStream in, long expected, long size) throws IOException {
    skipShape(in);
    Header data = header(in);
    int width =
        switch (data.type) {
          case "FLOAT" -> Float.BYTES;
          case "DOUBLE" -> Double.BYTES;
          default ->
              throw new IOException(
                  "its parameters are of type " + data.type + "; expected FLOAT or DOUBLE");
        };
    if (data.length != expected || expected < 1 || expected > size / width) {
      throw new IOException(
          "it states "
              + data.length
              + " parameters in "
              + size
              + " bytes, but its layers have "
              + expected);
    }
    INDArray row = Nd4j.createUninitialized(DataType.FLOAT, 1, expected);
    FloatPointer values = new FloatPointer(row.data().addressPointer());
    byte[] bytes = new byte[(int) Math.min(CHUNK, expected) * width];
    for (long start = 0; start < expected; start += CHUNK) {
      int count = (int) Math.min(CHUNK, expected - start);
      in.readFully(bytes, 0, count * width);
      float[] chunk = floats(ByteBuffer.wrap(bytes, 0, count * width), width, count);
      values.position(start).put(chunk, 0, count);
    }
    if (in.read() >= 0) {
      throw new IOException("its parameters have bytes after their end");
    }
    Nd4j.getAffinityManager().tagLocation(row, Location.HOST); // Where they were put.
    return row;
  }

  private static float[] floats(ByteBuffer bytes, int width, int count) {
    float[] values = new float[count];
    if (width == Float.BYTES) {
      bytes.asFloatBuffer().get(values);
    } else {
      DoubleBuffer doubles = bytes.asDoubleBuffer();
      for (int i = 0; i < count; i++) {
        values[i] = (float) doubles.get(i);
      }
    }
    return values;
  }

  /**
   * Writes a row of floats, byte for byte as ND4J does, which takes a call for each number.
   *
   * @return the number of bytes
   */
  public static long write(INDArray row, OutputStream out) throws IOException {
    DataOutputStream data = new DataOutputStream(out);
    row.shapeInfoDataBuffer().write(data);
    long length = row.length();
    data.writeUTF("MIXED_DATA_TYPES");
    data.writeLong(length);
    data.writeUTF(row.dataType().name());
    long header = data.size();
    float[] chunk = new float[(int) Math.min(CHUNK, length)];
    ByteBuffer bytes = ByteBuffer.allocate(chunk.length * Float.BYTES);
    try {
      Nd4j.getAffinityManager().ensureLocation(row, Location.HOST); // A GPU may have newer ones.
      FloatPointer values = new FloatPointer(row.data().addressPointer());
      for (long start = 0; start < length; start += CHUNK) {
        int count = (int) Math.min(CHUNK, length - start);
        values.position(start).get(chunk, 0, count);
        bytes.asFloatBuffer().put(chunk, 0, count);
        data.write(bytes.array(), 0, count * Float.BYTES);
      }
    } finally {
      Reference.reachabilityFence(row);
    }
    return header + length * Float.BYTES;
  }

  private static void skipShape(DataInputStream in) throws IOException {
    Header shape = header(in);
    if (shape.length < 1 || shape.length > LONGEST_SHAPE) {
      throw new IOException("its parameters' shape has " + shape.length + " numbers");
    }
    int width =
        switch (shape.type) {
          case "INT" -> Integer.BYTES;
          case "LONG" -> Long.BYTES;
          default -> throw new IOException("its parameters' shape is of type " + shape.type);
        };
    in.skipNBytes(shape.length * width); // A row, whatever it says: the length below decides.
  }

  private static Header header(DataInputStream in) throws IOException {
    String mode = in.readUTF();
    if (!SHORT_MODES.contains(mode) && !LONG_MODES.contains(mode)) {
      throw new IOException("its parameters are not an array as ND4J saves it");
    }
    long length = SHORT_MODES.contains(mode) ? in.readInt() : in.readLong();
    return new Header(length, in.readUTF());
  }
}
