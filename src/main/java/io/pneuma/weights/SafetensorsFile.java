package io.pneuma.weights;

import io.pneuma.weights.SafetensorsHeader.Entry;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.Set;

/**
 * A safetensors file: eight bytes of header length, the header in JSON, then the tensors' bytes. A
 * file that breaks a rule of the format is refused when it is opened.
 */
public final class SafetensorsFile implements WeightsFile {
  /** The format's own limit, in bytes. */
  static final long LONGEST_HEADER = 100_000_000;

  /** A mapping holds at most 2 GB, so a large file is mapped in overlapping parts, one a GB. */
  private static final long PART = 1L << 30;

  private final Path file;
  private final FileChannel channel;
  private final long size;
  private final long bufferStart;
  private final SafetensorsHeader header;
  private final ByteBuffer[] parts;

  private SafetensorsFile(Path file, FileChannel channel) throws IOException {
    this.file = file;
    this.channel = channel;
    this.size = channel.size();
    if (size < Long.BYTES) {
      throw new WeightsException(
          file, "is no safetensors file: has " + size + " bytes, not even a header's length");
    }
    long length = read(0, Long.BYTES).getLong();
    if (length < 0 || length > LONGEST_HEADER) {
      throw new WeightsException(
          file,
          "is no safetensors file: announces a header of "
              + Long.toUnsignedString(length)
              + " bytes; at most "
              + LONGEST_HEADER
              + " are allowed");
    }
    this.bufferStart = Long.BYTES + length;
    if (bufferStart > size) {
      throw new WeightsException(
          file,
          "announces a header of "
              + length
              + " bytes but ends after "
              + (size - Long.BYTES)
              + "; was it downloaded whole?");
    }
    byte[] json = read(Long.BYTES, (int) length).array();
    this.header = SafetensorsHeader.parse(file, json, size - bufferStart);
    this.parts = new ByteBuffer[Math.toIntExact(size / PART) + 1];
  }

  /**
   * Opens a file and checks it against every rule of the format.
   *
   * @throws WeightsException naming the rule that it breaks and the key that breaks it
   */
  public static SafetensorsFile open(Path file) throws WeightsException {
    if (!Files.isRegularFile(file)) {
      throw new WeightsException(file, Files.exists(file) ? "is not a file" : "no such file");
    }
    FileChannel channel = null;
    try {
      channel = FileChannel.open(file, StandardOpenOption.READ);
      SafetensorsFile opened = new SafetensorsFile(file, channel);
      channel = null; // Now the opened file's, to close.
      return opened;
    } catch (WeightsException e) {
      throw e;
    } catch (IOException e) {
      throw new WeightsException(file, "cannot be read: " + e, e);
    } finally {
      closeQuietly(channel);
    }
  }

  @Override
  public String format() {
    return "safetensors";
  }

  @Override
  public Set<String> keys() {
    return header.entries().keySet();
  }

  @Override
  public Map<String, String> metadata() {
    return header.metadata();
  }

  @Override
  public Tensor tensor(String key) throws WeightsException {
    Entry entry = header.entries().get(key);
    if (entry == null) {
      throw new WeightsException(file, "has no tensor " + WeightsException.quote(key));
    }
    long length = entry.end() - entry.begin();
    if (length > Integer.MAX_VALUE) {
      throw new WeightsException(
          file, "tensor " + WeightsException.quote(key) + " has more than 2 GB");
    }
    try {
      ByteBuffer data = bytes(bufferStart + entry.begin(), (int) length);
      return new Tensor(file, key, entry.dtype(), entry.shape().clone(), data);
    } catch (IOException e) {
      throw new WeightsException(file, "cannot be mapped: " + e.getMessage(), e);
    }
  }

  @Override
  public void close() throws WeightsException {
    try {
      channel.close();
    } catch (IOException e) {
      throw new WeightsException(file, "cannot be closed: " + e, e);
    }
  }

  private ByteBuffer bytes(long position, int length) throws IOException {
    long offset = position % PART;
    if (offset + length > Integer.MAX_VALUE) {
      return channel.map(MapMode.READ_ONLY, position, length);
    }
    return part((int) (position / PART)).slice((int) offset, length);
  }

  private synchronized ByteBuffer part(int number) throws IOException {
    if (parts[number] == null) {
      long start = number * PART;
      parts[number] =
          channel.map(MapMode.READ_ONLY, start, Math.min(Integer.MAX_VALUE, size - start));
    }
    return parts[number];
  }

  private ByteBuffer read(long position, int length) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
    while (bytes.hasRemaining()) {
      if (channel.read(bytes, position + bytes.position()) < 0) {
        throw new WeightsException(file, "has become shorter while it was read");
      }
    }
    return bytes.flip();
  }

  private static void closeQuietly(FileChannel channel) {
    if (channel != null) {
      try {
        channel.close();
      } catch (IOException e) {
        // The file is being refused already, for a reason that says more.
      }
    }
  }
}
