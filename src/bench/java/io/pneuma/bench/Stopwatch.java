package io.pneuma.bench;

/** Times what runs in this process. */
final class Stopwatch {
  private static final int TURNS = 5;

  private Stopwatch() {}

  /** Median seconds of a call, after one that warms up. */
  static double seconds(Runnable work) {
    work.run();
    double[] seconds = new double[TURNS];
    for (int i = 0; i < TURNS; i++) {
      long start = System.nanoTime();
      work.run();
      seconds[i] = (System.nanoTime() - start) / 1e9;
    }
    return Duel.median(seconds);
  }
}
