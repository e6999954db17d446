package io.pneuma.cli;

import io.pneuma.config.ConfigException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;

/** Sentences for what the file system refuses: its own messages are often a path alone. */
final class FileTrouble {
  private static final String DISK_FULL = "No space left on device";

  private FileTrouble() {}

  /** What happened to which file, and what to do. */
  static String sentence(IOException failure) {
    if (failure instanceof FileSystemException e && e.getFile() != null) {
      return e.getFile() + ": " + reason(e) + remedy(e);
    }
    String message = String.valueOf(failure.getMessage());
    return message.equals(DISK_FULL)
        ? "a disk is full: free some space where the run directory, the cache ("
            + cache()
            + ") or "
            + System.getProperty("java.io.tmpdir")
            + " lies; a run that had begun goes on with --resume"
        : message;
  }

  private static String reason(FileSystemException e) {
    if (e instanceof AccessDeniedException) {
      return "cannot be read or written: permission denied";
    }
    if (e instanceof NoSuchFileException) {
      return "there is no such file or folder";
    }
    if (e instanceof FileAlreadyExistsException) {
      return "is there already, and is no folder";
    }
    if (e instanceof NotDirectoryException) {
      return "is no folder";
    }
    return e.getReason() == null
        ? e.getClass().getSimpleName()
        : "cannot be used: " + e.getReason();
  }

  private static String remedy(FileSystemException e) {
    boolean ofTheCache =
        cache().startsWith(e.getFile()) || Path.of(e.getFile()).startsWith(cache());
    if (ofTheCache) {
      return "; the cache is kept there: set PNEUMA_CACHE to a folder that can be written";
    }
    return DISK_FULL.equals(e.getReason()) ? "; free some space, then go on with --resume" : "";
  }

  private static Path cache() {
    try {
      return Verb.cache();
    } catch (ConfigException e) {
      return Path.of(""); // There is no home at all.
    }
  }
}
