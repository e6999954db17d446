package io.pneuma.notebooks;

/** A cell that failed; the message names the walk-through, the cell and the line. */
public final class NotebookException extends RuntimeException {
  private static final long serialVersionUID = 1;

  NotebookException(String message) {
    super(message);
  }
}
