package io.pneuma.cluster;

/** Many machines cannot do a verb's work; the message says why and what to do. */
public final class ClusterException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** With what to do about it. */
  public ClusterException(String message) {
    super(message);
  }

  /** With what to do about it, and what went wrong. */
  public ClusterException(String message, Throwable cause) {
    super(message, cause);
  }
}
