package io.pneuma.weights;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.UUID;

/** Writes a file so that whoever looks, even after a power cut, sees the old or the new one. */
public final class AtomicFile {
  private AtomicFile() {}

  /** Fills a file that is new and empty. */
  public interface Filler {
    void fill(FileChannel channel) throws IOException;
  }

  public static void write(Path file, Filler filler) throws IOException {
    Path folder = file.toAbsolutePath().getParent();
    Path temporary = folder.resolve(".partial-" + UUID.randomUUID() + "-" + file.getFileName());
    try {
      try (FileChannel channel =
          FileChannel.open(temporary, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW)) {
        filler.fill(channel);
      }
      moveIntoPlace(temporary, file);
    } finally {
      Files.deleteIfExists(temporary);
    }
  }

  /** Gives a finished file of the same folder its name. */
  public static void moveIntoPlace(Path finished, Path file) throws IOException {
    force(finished, StandardOpenOption.WRITE);
    Files.move(finished, file, StandardCopyOption.ATOMIC_MOVE);
    if (!System.getProperty("os.name").startsWith("Windows")) { // Windows opens no folder.
      force(file.toAbsolutePath().getParent(), StandardOpenOption.READ);
    }
  }

  private static void force(Path path, StandardOpenOption how) throws IOException {
    try (FileChannel channel = FileChannel.open(path, how)) {
      channel.force(true);
    }
  }
}
