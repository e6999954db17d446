package io.pneuma.run;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.UUID;

/** Writes a file so that whoever looks, even after a power cut, sees the old or the new one. */
public final class WholeFile {
  /** How every temporary file begins; readers of a run never ask for such a name. */
  private static final String TEMPORARY = ".partial-";

  private WholeFile() {}

  /**
   * Writes a text in UTF-8.
   *
   * @throws RunException when it cannot be written, naming the file
   */
  public static void write(Path file, String text) {
    write(file, temporary -> Files.writeString(temporary, text));
  }

  /**
   * Writes a file through something that wants a path of its own to write to.
   *
   * @throws RunException when it cannot be written, naming the file
   */
  public static void write(Path file, WriterAction action) {
    Path folder = file.toAbsolutePath().getParent();
    Path temporary = folder.resolve(TEMPORARY + UUID.randomUUID() + "-" + file.getFileName());
    try {
      Files.createDirectories(folder);
      try {
        action.fill(temporary);
        force(temporary, StandardOpenOption.WRITE);
        Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
      } finally {
        Files.deleteIfExists(temporary);
      }
      forceFolder(folder);
    } catch (IOException e) {
      throw new RunException(file + ": cannot be written: " + reason(e), e);
    }
  }

  /** True for what a killed run left half-written. */
  static boolean isLeftover(Path file) {
    return String.valueOf(file.getFileName()).startsWith(TEMPORARY);
  }

  /** Removes what a killed run left half-written in that folder, if the folder is there. */
  static void removeLeftovers(Path folder) {
    if (!Files.isDirectory(folder)) {
      return;
    }
    try (DirectoryStream<Path> leftovers =
        Files.newDirectoryStream(folder, WholeFile::isLeftover)) {
      for (Path leftover : leftovers) {
        Files.deleteIfExists(leftover);
      }
    } catch (IOException e) {
      throw new RunException(folder + ": cannot be cleaned: " + reason(e), e);
    }
  }

  /** The file system's complaint without the file name that it may begin with. */
  static String reason(IOException e) {
    if (e instanceof AccessDeniedException) {
      return "permission denied";
    }
    if (String.valueOf(e.getMessage()).endsWith("No space left on device")) {
      return "the disk is full; free some space, then go on with --resume";
    }
    if (e instanceof FileSystemException failure && failure.getReason() != null) {
      return failure.getReason();
    }
    return e.getClass().getSimpleName() + (e.getMessage() == null ? "" : ": " + e.getMessage());
  }

  private static void forceFolder(Path folder) throws IOException {
    if (!System.getProperty("os.name").startsWith("Windows")) { // Windows opens no folder.
      force(folder, StandardOpenOption.READ);
    }
  }

  private static void force(Path path, StandardOpenOption how) throws IOException {
    try (FileChannel channel = FileChannel.open(path, how)) {
      channel.force(true);
    }
  }
}
