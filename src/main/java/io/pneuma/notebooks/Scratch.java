package io.pneuma.notebooks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.commons.io.FileUtils;

/** A temporary folder that is deleted when it is closed, or when the program is interrupted. */
public final class Scratch implements AutoCloseable {
  /** A program that is interrupted goes on writing meanwhile, which may bring the folder back. */
  private static final int TRIES = 20;

  private static final int PAUSE_MILLIS = 50;

  private final Path folder;

  /** Makes the folder, for its owner's eyes alone. */
  public Scratch() {
    try {
      folder = Files.createTempDirectory("pneuma-notebook-");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Runtime.getRuntime().addShutdownHook(new Thread(this::deleteAtLast));
  }

  /** The folder. */
  public Path folder() {
    return folder;
  }

  /** Moved away first, it cannot be written to while it is deleted. */
  private void deleteAtLast() {
    Path gone = folder.resolveSibling(folder.getFileName() + ".gone");
    for (int i = 0; i < TRIES && Files.exists(folder); i++) {
      try {
        Files.move(folder, gone);
      } catch (IOException e) {
        FileUtils.deleteQuietly(folder.toFile()); // Where it cannot be moved.
      }
      FileUtils.deleteQuietly(gone.toFile());
      try {
        Thread.sleep(PAUSE_MILLIS);
      } catch (InterruptedException e) {
        return;
      }
    }
  }

  @Override
  public void close() {
    try {
      FileUtils.deleteDirectory(folder.toFile());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
