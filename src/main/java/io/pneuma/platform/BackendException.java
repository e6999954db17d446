package io.pneuma.platform;

/** The ND4J backend cannot run on this machine; the message says what would. */
public final class BackendException extends RuntimeException {
  private static final long serialVersionUID = 1;

  BackendException(String message, Throwable cause) {
    super(message, cause);
  }
}
