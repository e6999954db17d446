package io.pneuma.images;

import java.nio.file.Path;

/** A file of a class folder that gives no image, and why. */
public record Unreadable(Path file, String reason) {
  @Override
  public String toString() {
    return file + ": " + reason;
  }
}
