package io.pneuma.features;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.zip.CRC32;

/**
 * The features that one backbone gave, or other numbers taken of images, in one file: a header with
 * the key that tells what they are valid for, then records of image hash, view, features and
 * checksum. Records are only ever appended; one that an interruption cut short is dropped when the
 * file is next locked, and one that is damaged is passed over, so that it is computed again.
 */
public final class FeatureFile implements AutoCloseable {
  private static final int MAGIC = 0x504e4646; // PNFF
  private static final int HASH_BYTES = 32;
  private static final int RECORD_HEADER = HASH_BYTES + Integer.BYTES;

  private final Path file;
  private final FileChannel channel;
  private final int width;
  private final int recordBytes;
  private final long headerBytes;
  private final Map<View, Long> records = new HashMap<>();
  private long end;

  private record View(String sha256, int view) {}

  private FeatureFile(Path file, FileChannel channel, String key, int width) throws IOException {
    this.file = file;
    this.channel = channel;
    this.width = width;
    this.recordBytes = RECORD_HEADER + width * Float.BYTES + Integer.BYTES;
    byte[] keyBytes = key.getBytes(StandardCharsets.UTF_8);
    ByteBuffer header = buffer(3 * Integer.BYTES + keyBytes.length);
    header.putInt(MAGIC).putInt(width).putInt(keyBytes.length).put(keyBytes).flip();
    this.headerBytes = header.limit();
    this.end = headerBytes;
    checkHeader(header);
    index();
  }

  /**
   * Opens a file, making it when it is not there.
   *
   * @param key what the features are valid for; another key in the file is an error
   */
  public static FeatureFile open(Path file, String key, int width) throws IOException {
    Files.createDirectories(file.toAbsolutePath().getParent());
    FileChannel channel =
        FileChannel.open(
            file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    try {
      return new FeatureFile(file, channel, key, width);
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  /** Opens a file to read it alone; empty where none, or no whole header, is there yet. */
  static Optional<FeatureFile> openToRead(Path file, String key, int width) throws IOException {
    int header = 3 * Integer.BYTES + key.getBytes(StandardCharsets.UTF_8).length;
    if (!Files.isRegularFile(file) || Files.size(file) < header) {
      return Optional.empty();
    }
    FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
    try {
      return Optional.of(new FeatureFile(file, channel, key, width));
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  String name() {
    return file.getFileName().toString();
  }

  private void checkHeader(ByteBuffer expected) throws IOException {
    if (channel.size() < headerBytes) {
      try (FileLock lock = channel.lock()) {
        if (lock.isValid() && channel.size() < headerBytes) { // Else another process wrote it.
          channel.truncate(0);
          writeFully(expected, 0);
        }
      }
    }
    ByteBuffer found = buffer((int) headerBytes);
    readFully(found, 0);
    if (!found.equals(expected.rewind())) {
      throw new IOException(
          file + ": holds features of something else; remove it, and they are computed again");
    }
  }

  /** Takes in the records added since the last time; a damaged one counts as not there. */
  private void index() throws IOException {
    ByteBuffer record = buffer(recordBytes);
    while (end + recordBytes <= channel.size()) {
      record.clear();
      readFully(record, end);
      if (isWhole(record)) {
        byte[] hash = new byte[HASH_BYTES];
        record.get(0, hash);
        records.put(new View(HexFormat.of().formatHex(hash), record.getInt(HASH_BYTES)), end);
      }
      end += recordBytes;
    }
  }

  /** Waits until no other process writes, takes in what they wrote, and keeps them out. */
  public FileLock lock() throws IOException {
    FileLock lock = channel.lock();
    index();
    channel.truncate(end);
    return lock;
  }

  /** Whether the features of a view are there. */
  public boolean contains(String sha256, int view) {
    return records.containsKey(new View(sha256, view));
  }

  /** Adds one record; the file must be locked. */
  public void append(String sha256, int view, FloatBuffer features) throws IOException {
    ByteBuffer record = buffer(recordBytes);
    record.put(HexFormat.of().parseHex(sha256)).putInt(view);
    record.asFloatBuffer().put(features);
    record.putInt(recordBytes - Integer.BYTES, checksum(record)).clear();
    writeFully(record, end);
    records.put(new View(sha256, view), end);
    end += recordBytes;
  }

  /**
   * Puts the features of a view, which must be there, into {@code target} as little-endian floats.
   *
   * @throws IOException when the record was damaged since the file was opened
   */
  public void read(String sha256, int view, ByteBuffer target) throws IOException {
    Long at = records.get(new View(sha256, view));
    if (at == null) {
      throw new IllegalStateException("no features of view " + view + " of image " + sha256);
    }
    ByteBuffer record = buffer(recordBytes);
    readFully(record, at);
    ByteBuffer hash = ByteBuffer.wrap(HexFormat.of().parseHex(sha256));
    boolean own = record.getInt(HASH_BYTES) == view && record.slice(0, HASH_BYTES).equals(hash);
    if (!own || !isWhole(record)) {
      throw new IOException(
          "%s: the features of image %s were damaged while they were in use; start again, and they are computed again"
              .formatted(file, sha256));
    }
    target.put(record.slice(RECORD_HEADER, width * Float.BYTES));
  }

  /** Waits until all that was added is on disk. */
  public void force() throws IOException {
    channel.force(false);
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }

  private static ByteBuffer buffer(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  private boolean isWhole(ByteBuffer record) {
    return record.getInt(recordBytes - Integer.BYTES) == checksum(record);
  }

  private static int checksum(ByteBuffer record) {
    CRC32 crc = new CRC32();
    crc.update(record.slice(0, record.capacity() - Integer.BYTES));
    return (int) crc.getValue();
  }

  /** Fills the whole of {@code target} and flips it. */
  private void readFully(ByteBuffer target, long position) throws IOException {
    while (target.hasRemaining()) {
      if (channel.read(target, position + target.position()) < 0) {
        throw new EOFException(file + ": ends too early");
      }
    }
    target.flip();
  }

  private void writeFully(ByteBuffer source, long position) throws IOException {
    while (source.hasRemaining()) {
      channel.write(source, position + source.position());
    }
  }
}
