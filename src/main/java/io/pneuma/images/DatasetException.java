package io.pneuma.images;

import java.io.IOException;

/** A folder that gives no data set; the message says what was expected and what to do. */
public final class DatasetException extends IOException {
  private static final long serialVersionUID = 1;

  public DatasetException(String message) {
    super(message);
  }
}
