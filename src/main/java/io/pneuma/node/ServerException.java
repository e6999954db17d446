package io.pneuma.node;

import java.io.IOException;

/** The server as a whole does not serve, for now; the message is a sentence about it. */
public final class ServerException extends IOException {
  private static final long serialVersionUID = 1;

  /**
   * A trouble.
   *
   * @param what it does
   */
  ServerException(String what) {
    super("the server " + what);
  }
}
