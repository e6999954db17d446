package io.pneuma.monitor;

/** The training UI or a statistics file cannot be used; the message says what to do. */
public final class MonitorException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** A problem without a cause worth showing. */
  public MonitorException(String message) {
    super(message);
  }

  /** A problem and what led to it. */
  public MonitorException(String message, Throwable cause) {
    super(message, cause);
  }
}
