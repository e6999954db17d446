package io.pneuma.adaptation;

/** A run that these images cannot be used to adapt; the message says why. */
public final class AdaptationException extends RuntimeException {
  private static final long serialVersionUID = 1;

  AdaptationException(String message) {
    super(message);
  }
}
