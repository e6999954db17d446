package io.pneuma.weights;

import java.io.InputStream;
import java.nio.ByteBuffer;

/** A pickle as a stream that knows what is left of it. */
final class PickleInput extends InputStream {
  private final ByteBuffer bytes;

  PickleInput(ByteBuffer bytes) {
    this.bytes = bytes;
  }

  @Override
  public int read() {
    return bytes.hasRemaining() ? Byte.toUnsignedInt(bytes.get()) : -1;
  }

  @Override
  public int read(byte[] target, int offset, int length) {
    if (!bytes.hasRemaining()) {
      return -1;
    }
    int count = Math.min(length, bytes.remaining());
    bytes.get(target, offset, count);
    return count;
  }

  @Override
  public int available() {
    return bytes.remaining();
  }

  int position() {
    return bytes.position();
  }

  /** True when a little-endian count of that width comes next, and as many bytes behind it. */
  boolean holdsCounted(int width) {
    if (bytes.remaining() < width) {
      return false;
    }
    int at = bytes.position();
    int count = width == 1 ? Byte.toUnsignedInt(bytes.get(at)) : bytes.getInt(at);
    return count >= 0 && count <= bytes.remaining() - width;
  }
}
