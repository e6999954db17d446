package io.pneuma.run;

/** A run directory that cannot be used, read or written; the message says which and what to do. */
public final class RunException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** A problem with the directory or a file's content. */
  public RunException(String message) {
    super(message);
  }

  /** A problem that the file system reported. */
  public RunException(String message, Throwable cause) {
    super(message, cause);
  }
}
