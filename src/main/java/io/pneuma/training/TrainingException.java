package io.pneuma.training;

/** Training cannot go on; the message says why and what to change. */
public final class TrainingException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** Says why and what to change. */
  public TrainingException(String message) {
    super(message);
  }
}
