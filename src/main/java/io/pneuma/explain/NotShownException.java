package io.pneuma.explain;

/** Maps are not shown; the message says which check they failed. */
public final class NotShownException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** With a message for the user. */
  public NotShownException(String message) {
    super(message);
  }
}
