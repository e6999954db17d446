package io.pneuma.cli;

import io.pneuma.config.ConfigException;
import io.pneuma.weights.AtomicFile;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;

/** A file that an option names to be written. */
final class OutputFile {
  private static final String PICTURE = ".png";

  private OutputFile() {}

  /** Refuses a folder in its place, before any work; null for an option that was not given. */
  static void require(String option, Path file) {
    if (file != null && Files.isDirectory(Verb.fromCaller(file))) {
      throw new ConfigException(option + " " + file + ": is a folder; expected a file to write");
    }
  }

  /** Draws a picture. */
  @FunctionalInterface
  interface Drawing {
    void write(OutputStream png) throws IOException;
  }

  /** Writes a picture, whole or not at all. */
  static void write(Path file, Drawing drawing) throws IOException {
    ByteArrayOutputStream png = new ByteArrayOutputStream();
    drawing.write(png);
    AtomicFile.write(
        Verb.fromCaller(file), channel -> channel.write(ByteBuffer.wrap(png.toByteArray())));
  }

  /** Refuses, before any work, what is no picture's name or lies in no folder. */
  static void requirePicture(String option, Path file) {
    requireEnding(option, file, PICTURE, "a picture");
  }

  /** Refuses, before any work, a name without the ending of what is written, or in no folder. */
  static void requireEnding(String option, Path file, String ending, String what) {
    require(option, file);
    if (!file.toString().endsWith(ending)) {
      throw new ConfigException(
          file + ": " + what + " is written; expected a name that ends in " + ending);
    }
    Path target = Verb.fromCaller(file);
    if (!Files.isDirectory(target.getParent())) {
      throw new ConfigException(target + ": its folder does not exist; make it first");
    }
  }
}
