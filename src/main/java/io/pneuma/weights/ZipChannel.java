package io.pneuma.weights;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NonWritableChannelException;
import java.nio.channels.SeekableByteChannel;

/**
 * A file as the zip library wants it. What may be read is limited, since the library makes objects
 * of the whole directory before anyone can look at it.
 */
final class ZipChannel implements SeekableByteChannel {
  private final FileBytes bytes;
  private final long most;
  private long read = 0;
  private long position = 0;
  private boolean open = true;

  ZipChannel(FileBytes bytes, long most) {
    this.bytes = bytes;
    this.most = most;
  }

  @Override
  public int read(ByteBuffer target) throws IOException {
    if (!open) {
      throw new ClosedChannelException();
    }
    if (position >= bytes.size()) {
      return -1;
    }
    int length = (int) Math.min(target.remaining(), bytes.size() - position);
    read += length;
    if (read > most) {
      throw new WeightsException(
          bytes.file(), "has a zip directory of more than " + most + " bytes");
    }
    target.put(bytes.slice(position, length));
    position += length;
    return length;
  }

  @Override
  public int write(ByteBuffer source) {
    throw new NonWritableChannelException();
  }

  @Override
  public long position() {
    return position;
  }

  @Override
  public ZipChannel position(long newPosition) {
    if (newPosition < 0) {
      throw new IllegalArgumentException("negative position");
    }
    position = newPosition;
    return this;
  }

  @Override
  public long size() {
    return bytes.size();
  }

  @Override
  public SeekableByteChannel truncate(long size) {
    throw new NonWritableChannelException();
  }

  @Override
  public boolean isOpen() {
    return open;
  }

  @Override
  public void close() {
    open = false;
  }
}
