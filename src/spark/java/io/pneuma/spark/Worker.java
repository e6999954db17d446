package io.pneuma.spark;

import io.pneuma.platform.Backend;
import io.pneuma.platform.Memory;

/** The machine that an executor has, made ready once. */
final class Worker {
  private static boolean started;

  private Worker() {}

  /** Sets the limits of memory and starts the backend; in a driver's own process both are there. */
  static synchronized void start() {
    if (!started) {
      Memory.limit();
      Backend.start();
      started = true;
    }
  }
}
