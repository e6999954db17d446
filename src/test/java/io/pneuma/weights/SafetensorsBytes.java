package io.pneuma.weights;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Puts safetensors files together from their parts, sound or not. */
final class SafetensorsBytes {
  private SafetensorsBytes() {}

  static byte[] of(String header, byte... buffer) {
    return of(header.getBytes(StandardCharsets.UTF_8), buffer);
  }

  static byte[] of(byte[] header, byte... buffer) {
    return withLength(header.length, header, buffer);
  }

  static byte[] withLength(long length, byte[] header, byte... buffer) {
    return ByteBuffer.allocate(Long.BYTES + header.length + buffer.length)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(length)
        .put(header)
        .put(buffer)
        .array();
  }

  /** Opens the bytes as a file of that folder and closes it again. */
  static void open(Path folder, byte[] bytes) throws IOException {
    SafetensorsFile.open(Files.write(folder.resolve("x.safetensors"), bytes)).close();
  }
}
