package io.pneuma.prediction;

import java.io.IOException;

/** Takes replies as they come. */
@FunctionalInterface
public interface Replies {
  /**
   * Takes the reply to the next picture.
   *
   * @throws IOException to end it
   */
  void accept(Reply reply) throws IOException;
}
