package io.pneuma.archives;

import io.pneuma.images.DatasetException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.stream.Stream;

/** A folder that appears in one step, whole, by one process alone. */
public final class NewFolder {
  private NewFolder() {}

  /** Fills a folder. */
  interface Filling {
    void fill(Path temporary) throws IOException;
  }

  /**
   * Checks that a folder may be made, before anything is downloaded for it.
   *
   * @throws DatasetException when there is something in it already
   */
  public static void requireFree(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return;
    }
    boolean empty = Files.isDirectory(folder);
    if (empty) {
      try (Stream<Path> inside = Files.list(folder)) {
        empty = inside.findAny().isEmpty();
      }
    }
    if (!empty) {
      throw new DatasetException(
          folder
              + ": is there already and not empty; look at it with ./run.sh data check "
              + folder
              + ", or move it away to fetch it again");
    }
  }

  /**
   * Makes a folder.
   *
   * @throws DatasetException when it is taken, or being made
   */
  static void make(Path folder, Filling filling) throws IOException {
    Path parent = folder.toAbsolutePath().getParent();
    Files.createDirectories(parent);
    Path lock = parent.resolve("." + folder.getFileName() + ".lock");
    try (FileChannel channel =
        FileChannel.open(lock, StandardOpenOption.WRITE, StandardOpenOption.CREATE)) {
      if (!isLocked(channel)) {
        throw new DatasetException(folder + ": another process is unpacking it; wait for that");
      }
      requireFree(folder);
      Path temporary = parent.resolve(".partial-" + folder.getFileName());
      try {
        delete(temporary); // What a killed process left.
        Files.createDirectory(temporary);
        filling.fill(temporary);
        Files.deleteIfExists(folder); // Empty, or not there.
        Files.move(temporary, folder, StandardCopyOption.ATOMIC_MOVE);
      } finally {
        delete(temporary);
      }
    }
  }

  private static boolean isLocked(FileChannel channel) throws IOException {
    try {
      FileLock taken = channel.tryLock();
      return taken != null; // It is freed with its channel.
    } catch (OverlappingFileLockException e) {
      return false; // A thread of this process holds it.
    }
  }

  private static void delete(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return;
    }
    Files.walkFileTree(
        folder,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.delete(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path visited, IOException failure)
              throws IOException {
            Files.delete(visited);
            return FileVisitResult.CONTINUE;
          }
        });
  }
}
