package io.pneuma.node;

import java.io.IOException;

/** The server does not give one image, or does not take its answer; the message says why. */
final class InstanceException extends IOException {
  private static final long serialVersionUID = 1;

  InstanceException(String message) {
    super(message);
  }
}
