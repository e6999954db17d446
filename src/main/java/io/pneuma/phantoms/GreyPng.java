package io.pneuma.phantoms;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.zip.Adler32;
import java.util.zip.CRC32;

/**
 * Grey 8-bit PNG without compression (RFC 2083, RFC 1950, RFC 1951 section 3.2.4), so that equal
 * pixels give equal bytes, and with them equal content hashes, under every version of zlib.
 */
final class GreyPng {
  private static final int MOST_IN_BLOCK = 0xFFFF;

  private GreyPng() {}

  /** A whole PNG file of the rows of pixels. */
  static byte[] encode(byte[] pixels, int width) {
    int height = pixels.length / width;
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    file.writeBytes(new byte[] {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'});
    ByteBuffer header = ByteBuffer.allocate(13).putInt(width).putInt(height).put((byte) 8);
    chunk(file, "IHDR", header.array());
    ByteBuffer rows = ByteBuffer.allocate((width + 1) * height);
    for (int y = 0; y < height; y++) {
      rows.put((byte) 0).put(pixels, y * width, width); // 0: no filter.
    }
    chunk(file, "IDAT", stored(rows.array()));
    chunk(file, "IEND", new byte[0]);
    return file.toByteArray();
  }

  /** A zlib stream of stored blocks. */
  private static byte[] stored(byte[] data) {
    int blocks = (data.length + MOST_IN_BLOCK - 1) / MOST_IN_BLOCK;
    ByteBuffer stream = ByteBuffer.allocate(2 + 5 * blocks + data.length + 4);
    stream.put((byte) 0x78).put((byte) 0x01);
    for (int at = 0; at < data.length; at += MOST_IN_BLOCK) {
      int length = Math.min(MOST_IN_BLOCK, data.length - at);
      stream.put((byte) (at + length == data.length ? 1 : 0));
      stream.putShort(Short.reverseBytes((short) length));
      stream.putShort(Short.reverseBytes((short) ~length));
      stream.put(data, at, length);
    }
    Adler32 checksum = new Adler32();
    checksum.update(data);
    return stream.putInt((int) checksum.getValue()).array();
  }

  private static void chunk(ByteArrayOutputStream file, String type, byte[] data) {
    ByteBuffer chunk = ByteBuffer.allocate(12 + data.length).putInt(data.length);
    chunk.put(type.getBytes(StandardCharsets.US_ASCII)).put(data);
    CRC32 checksum = new CRC32();
    checksum.update(chunk.array(), 4, 4 + data.length);
    file.writeBytes(chunk.putInt((int) checksum.getValue()).array());
  }
}
