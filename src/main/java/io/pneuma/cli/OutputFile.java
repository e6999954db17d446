package io.pneuma.cli;

import io.pneuma.config.ConfigException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A file that an option names to be written. */
final class OutputFile {
  private OutputFile() {}

  /** Refuses a folder in its place, before any work; null for an option that was not given. */
  static void require(String option, Path file) {
    if (file != null && Files.isDirectory(Verb.fromCaller(file))) {
      throw new ConfigException(option + " " + file + ": is a folder; expected a file to write");
    }
  }
}
