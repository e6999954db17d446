package io.pneuma.search;

/** How long a search has taken, over all its sessions. */
final class Clock {
  private final long started = System.nanoTime();
  private final double before;

  /** Goes on after that many seconds. */
  Clock(double before) {
    this.before = before;
  }

  double seconds() {
    return before + (System.nanoTime() - started) / 1e9;
  }
}
