package io.pneuma.weights;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Writes safetensors files of 32-bit floats, whole or not at all. */
public final class SafetensorsWriter {
  private static final int ALIGNMENT = 8;
  private static final int CHUNK = 1 << 14;

  private SafetensorsWriter() {}

  /** A tensor to write, row by row. */
  @SuppressWarnings("ArrayRecordComponent") // Large and short-lived: a copy would cost its size.
  public record FloatTensor(long[] shape, float[] values) {
    /** Checks that the values fill the shape. */
    public FloatTensor {
      long size = 1;
      for (long dimension : shape) {
        size = Math.multiplyExact(size, dimension);
      }
      if (size != values.length) {
        throw new IllegalArgumentException(
            values.length + " values do not fill the shape " + Arrays.toString(shape));
      }
    }
  }

  /** Writes the tensors in the order of the map; an older file stays until the new one is whole. */
  public static void write(Path file, Map<String, FloatTensor> tensors) throws IOException {
    byte[] header = header(tensors);
    AtomicFile.write(
        file,
        channel -> {
          ByteBuffer length = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
          writeAll(channel, length.putLong(header.length).flip());
          writeAll(channel, ByteBuffer.wrap(header));
          for (FloatTensor tensor : tensors.values()) {
            writeAll(channel, tensor.values());
          }
        });
  }

  private static byte[] header(Map<String, FloatTensor> tensors) throws IOException {
    Map<String, Object> header = new LinkedHashMap<>();
    long position = 0;
    for (Map.Entry<String, FloatTensor> entry : tensors.entrySet()) {
      if (entry.getKey().equals("__metadata__")) {
        throw new IllegalArgumentException("__metadata__ is no name for a tensor");
      }
      Map<String, Object> tensor = new LinkedHashMap<>();
      tensor.put("dtype", DType.F32.name());
      tensor.put("shape", entry.getValue().shape());
      long end = position + (long) Float.BYTES * entry.getValue().values().length;
      tensor.put("data_offsets", List.of(position, end));
      header.put(entry.getKey(), tensor);
      position = end;
    }
    byte[] json = new ObjectMapper().writeValueAsBytes(header);
    byte[] aligned = new byte[(json.length + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT];
    Arrays.fill(aligned, (byte) ' ');
    System.arraycopy(json, 0, aligned, 0, json.length);
    return aligned;
  }

  private static void writeAll(FileChannel channel, float[] values) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(CHUNK * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (int start = 0; start < values.length; start += CHUNK) {
      int count = Math.min(CHUNK, values.length - start);
      bytes.clear().limit(count * Float.BYTES);
      bytes.asFloatBuffer().put(values, start, count);
      writeAll(channel, bytes);
    }
  }

  private static void writeAll(FileChannel channel, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }
}
