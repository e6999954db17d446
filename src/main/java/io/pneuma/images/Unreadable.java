package io.pneuma.images;

import java.io.Serializable;
import java.nio.file.Path;

/** A file of a class folder that gives no image, and why. */
public record Unreadable(Path file, String reason) implements Serializable {
  @Override
  public String toString() {
    return file + ": " + reason;
  }
}
