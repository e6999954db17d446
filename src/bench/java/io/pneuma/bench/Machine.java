package io.pneuma.bench;

import io.pneuma.platform.Backend;
import io.pneuma.platform.Memory;

/** This machine, as Pneuma's verbs start it. */
final class Machine {
  private Machine() {}

  static void start() {
    Memory.limit();
    Backend.start();
  }

  static int cores() {
    return Runtime.getRuntime().availableProcessors();
  }
}
