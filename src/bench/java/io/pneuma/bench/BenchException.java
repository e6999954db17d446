package io.pneuma.bench;

/** A row cannot be measured; the message says why. */
final class BenchException extends RuntimeException {
  private static final long serialVersionUID = 1;

  BenchException(String message) {
    super(message);
  }
}
