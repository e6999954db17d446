package io.pneuma.archives;

import io.pneuma.images.DatasetException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.function.LongConsumer;
import java.util.function.UnaryOperator;
import org.apache.commons.compress.archivers.zip.ZipArchiveEntry;
import org.apache.commons.compress.archivers.zip.ZipFile;

/**
 * Unpacks an archive of images into a folder that appears in one step, whole. Nothing in the
 * archive can reach beside that folder, become a link, or fill the disk.
 */
public final class ArchiveUnpacker implements AutoCloseable {
  /** All files together, in bytes; the sets that this program fetches have a tenth of it. */
  static final long MOST_BYTES = 16L << 30;

  private static final long SPARE = 64L << 20;
  private static final int PIECE = 1 << 16;

  private final Path archive;
  private final ZipFile zip;
  private final Map<String, ZipArchiveEntry> files;
  private final long mostBytes;

  private ArchiveUnpacker(Path archive, ZipFile zip, ArchiveListing listing, long mostBytes)
      throws DatasetException {
    this.archive = archive;
    this.zip = zip;
    this.files = listing.files(zip);
    this.mostBytes = mostBytes;
  }

  /**
   * Opens a zip archive and checks the names of all that is in it.
   *
   * @param topFolder the folder inside that holds everything; its name is left away; empty where
   *     there need be none
   * @param placing from a file's path below that folder to its path in the unpacked one
   * @throws DatasetException when it is no zip archive, or holds what none should
   */
  public static ArchiveUnpacker open(Path archive, String topFolder, UnaryOperator<String> placing)
      throws DatasetException {
    return open(archive, new ArchiveListing(archive, topFolder, placing), MOST_BYTES);
  }

  static ArchiveUnpacker open(Path archive, ArchiveListing listing, long mostBytes)
      throws DatasetException {
    ZipFile zip = null;
    try {
      zip = ZipFile.builder().setSeekableByteChannel(Files.newByteChannel(archive)).get();
      ArchiveUnpacker opened = new ArchiveUnpacker(archive, zip, listing, mostBytes);
      zip = null; // Now the unpacker's, to close.
      return opened;
    } catch (DatasetException e) {
      throw e;
    } catch (IOException e) {
      throw new DatasetException(archive + ": cannot be read as a zip archive: " + e.getMessage());
    } finally {
      closeQuietly(zip);
    }
  }

  /** Number of files that will be unpacked. */
  public int fileCount() {
    return files.size();
  }

  /**
   * Unpacks everything.
   *
   * @param progress takes the number of files unpacked so far
   * @throws DatasetException when the folder is taken, or the archive lies about its sizes
   */
  public void into(Path folder, LongConsumer progress) throws IOException {
    NewFolder.make(
        folder,
        temporary -> {
          requireSpace(temporary);
          unpack(temporary, progress);
        });
  }

  private void unpack(Path folder, LongConsumer progress) throws IOException {
    long left = mostBytes;
    long done = 0;
    byte[] piece = new byte[PIECE];
    for (Map.Entry<String, ZipArchiveEntry> entry : files.entrySet()) {
      long promised = entry.getValue().getSize();
      long size = 0;
      try (InputStream in = zip.getInputStream(entry.getValue());
          OutputStream out = create(folder, entry.getKey())) {
        for (int length = in.read(piece); length >= 0; length = in.read(piece)) {
          size += length;
          if (size > promised || size > left) {
            break;
          }
          out.write(piece, 0, length);
        }
      } catch (IOException | InvalidPathException e) {
        throw refused(entry.getKey() + " cannot be unpacked: " + e.getMessage());
      }
      if (size != promised || size > left) {
        throw refused(
            size > left
                ? "is more than " + mostBytes + " bytes when unpacked"
                : entry.getKey() + " is not of the size that the archive says");
      }
      left -= size;
      done++;
      progress.accept(done);
    }
  }

  private static OutputStream create(Path folder, String name) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    return Files.newOutputStream(file, StandardOpenOption.CREATE_NEW);
  }

  private void requireSpace(Path folder) throws IOException {
    long needed = 0;
    for (ZipArchiveEntry entry : files.values()) {
      needed += Math.min(entry.getSize(), mostBytes);
      if (entry.getSize() < 0 || needed > mostBytes) {
        throw refused("is more than " + mostBytes + " bytes when unpacked");
      }
    }
    long free = Files.getFileStore(folder).getUsableSpace();
    if (needed + SPARE > free) {
      throw new DatasetException(
          folder.getParent()
              + ": the disk has "
              + (free >> 20)
              + " MiB free; unpacking "
              + archive
              + " needs "
              + ((needed + SPARE) >> 20));
    }
  }

  private DatasetException refused(String problem) {
    return new DatasetException(archive + ": " + problem + "; nothing of it has been kept");
  }

  @Override
  public void close() throws IOException {
    zip.close();
  }

  private static void closeQuietly(ZipFile zip) {
    if (zip != null) {
      try {
        zip.close();
      } catch (IOException e) {
        // The archive is being refused already, for a reason that says more.
      }
    }
  }
}
