package io.pneuma.serving;

/** A request that is not answered; the message tells the client why. */
final class RefusedException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final int status;

  RefusedException(int status, String message) {
    super(message, null, false, false); // Nobody looks at its trace.
    this.status = status;
  }

  /** The status of HTTP. */
  int status() {
    return status;
  }
}
