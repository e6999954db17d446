package io.pneuma.bench;

import java.io.IOException;

/** How one side of a row is started. */
@FunctionalInterface
interface Side {
  /**
   * Starts it, so that it is warm and waits for its turns.
   *
   * @throws BenchException when it cannot run here, saying why
   */
  Contestant start() throws IOException;
}
