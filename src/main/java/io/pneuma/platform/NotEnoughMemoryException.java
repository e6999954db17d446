package io.pneuma.platform;

/** A run that would not fit, refused before it starts. */
public final class NotEnoughMemoryException extends RuntimeException {
  private static final long serialVersionUID = 1;

  NotEnoughMemoryException(String message) {
    super(message);
  }
}
