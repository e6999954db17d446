package io.pneuma.weights;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** A file that is mapped, never read whole; its views stay readable after it is closed. */
final class MappedFile implements FileBytes, AutoCloseable {
  /** A mapping holds at most 2 GB, so a large file is mapped in overlapping parts, one a GB. */
  private static final long PART = 1L << 30;

  private final Path file;
  private final FileChannel channel;
  private final long size;
  private final ByteBuffer[] parts;

  private MappedFile(Path file, FileChannel channel, long size) {
    this.file = file;
    this.channel = channel;
    this.size = size;
    this.parts = new ByteBuffer[Math.toIntExact(size / PART) + 1];
  }

  static MappedFile open(Path file) throws WeightsException {
    if (!Files.isRegularFile(file)) {
      throw new WeightsException(file, Files.exists(file) ? "is not a file" : "no such file");
    }
    try {
      FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
      return new MappedFile(file, channel, channel.size());
    } catch (IOException e) {
      throw new WeightsException(file, "cannot be read: " + e, e);
    }
  }

  @Override
  public Path file() {
    return file;
  }

  @Override
  public long size() {
    return size;
  }

  @Override
  public ByteBuffer slice(long position, int length) throws WeightsException {
    check(position, length);
    long offset = position % PART;
    try {
      ByteBuffer bytes =
          offset + length > Integer.MAX_VALUE
              ? channel.map(MapMode.READ_ONLY, position, length)
              : part((int) (position / PART)).slice((int) offset, length);
      return bytes.order(ByteOrder.LITTLE_ENDIAN);
    } catch (IOException e) {
      throw new WeightsException(file, "cannot be mapped: " + e.getMessage(), e);
    }
  }

  private synchronized ByteBuffer part(int number) throws IOException {
    if (parts[number] == null) {
      long start = number * PART;
      parts[number] =
          channel.map(MapMode.READ_ONLY, start, Math.min(Integer.MAX_VALUE, size - start));
    }
    return parts[number];
  }

  @Override
  public void close() throws WeightsException {
    try {
      channel.close();
    } catch (IOException e) {
      throw new WeightsException(file, "cannot be closed: " + e, e);
    }
  }
}
