package io.pneuma.images;

import java.io.IOException;

/** A file that gives no image; the message is {@code FILE: REASON}. */
public final class UnreadableImageException extends IOException {
  private static final long serialVersionUID = 1;

  private final String reason;

  /** Of a file, and why. */
  public UnreadableImageException(String file, String reason) {
    super(file + ": " + reason);
    this.reason = reason;
  }

  /** Why the file gives no image, without its name. */
  public String reason() {
    return reason;
  }
}
