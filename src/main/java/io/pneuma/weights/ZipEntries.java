package io.pneuma.weights;

import static io.pneuma.weights.WeightsException.quote;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.apache.commons.compress.archivers.zip.ZipArchiveEntry;
import org.apache.commons.compress.archivers.zip.ZipFile;

/**
 * The entries of a zip file, each where it lies. Only stored entries have a place: none is ever
 * unpacked, so a small file cannot become a large one, and no entry's name becomes a path.
 */
final class ZipEntries {
  /** ResNet152 needs 0.1 MB. The library makes objects of all of it before anyone can look. */
  static final long LONGEST_DIRECTORY = 1_000_000;

  private static final int LOCAL_HEADER = 30;
  private static final int LOCAL_SIGNATURE = 0x04034b50;
  private static final int LOCAL_METHOD = 8;
  private static final int LOCAL_NAME_LENGTH = 26;
  private static final int LOCAL_EXTRA_LENGTH = 28;

  private final FileBytes bytes;
  private final Map<String, ZipArchiveEntry> entries = new LinkedHashMap<>();

  /** Where an entry's bytes lie in the file. */
  record Place(long position, long length) {}

  private ZipEntries(FileBytes bytes) {
    this.bytes = bytes;
  }

  static ZipEntries read(FileBytes bytes) throws WeightsException {
    ZipEntries read = new ZipEntries(bytes);
    ZipChannel channel = new ZipChannel(bytes, LONGEST_DIRECTORY);
    // The local headers repeat the directory; place() reads those that are needed.
    try (ZipFile zip =
        ZipFile.builder().setSeekableByteChannel(channel).setIgnoreLocalFileHeader(true).get()) {
      for (ZipArchiveEntry entry : Collections.list(zip.getEntriesInPhysicalOrder())) {
        if (read.entries.put(entry.getName(), entry) != null) {
          throw new WeightsException(
              bytes.file(), "has the zip entry " + quote(entry.getName()) + " twice");
        }
      }
    } catch (IOException | RuntimeException e) {
      Throwable first = e; // The library wraps even what its channel throws.
      while (first.getCause() != null) {
        first = first.getCause();
      }
      if (first instanceof WeightsException refusal) {
        throw refusal;
      }
      String reason = WeightsException.shorten(String.valueOf(first.getMessage()));
      throw new WeightsException(
          bytes.file(),
          "has a damaged zip directory (" + reason + "); was it downloaded whole?",
          e);
    }
    return read;
  }

  Set<String> names() {
    return entries.keySet();
  }

  /**
   * The place of an entry.
   *
   * @throws WeightsException when there is none, it is compressed, or the directory lies about it
   */
  Place place(String name) throws WeightsException {
    ZipArchiveEntry entry = entries.get(name);
    if (entry == null) {
      throw new WeightsException(bytes.file(), "has no zip entry " + quote(name));
    }
    if (entry.getMethod() != ZipArchiveEntry.STORED
        || entry.getGeneralPurposeBit().usesEncryption()
        || entry.getSize() != entry.getCompressedSize()) {
      throw new WeightsException(
          bytes.file(),
          "the zip entry "
              + quote(name)
              + " is compressed or encrypted; torch.save stores entries as they are, so write the"
              + " file again with it");
    }
    long start = entry.getLocalHeaderOffset();
    bytes.check(start, LOCAL_HEADER);
    ByteBuffer local = bytes.slice(start, LOCAL_HEADER);
    byte[] rawName = entry.getRawName();
    int nameLength = Short.toUnsignedInt(local.getShort(LOCAL_NAME_LENGTH));
    if (local.getInt(0) != LOCAL_SIGNATURE
        || local.getShort(LOCAL_METHOD) != ZipArchiveEntry.STORED
        || nameLength != rawName.length
        || !bytes.slice(start + LOCAL_HEADER, nameLength).equals(ByteBuffer.wrap(rawName))) {
      throw new WeightsException(
          bytes.file(), "the zip entry " + quote(name) + " is not where the zip directory says");
    }
    long position =
        start + LOCAL_HEADER + nameLength + Short.toUnsignedInt(local.getShort(LOCAL_EXTRA_LENGTH));
    bytes.check(position, entry.getSize());
    return new Place(position, entry.getSize());
  }
}
