package io.pneuma.images;

import java.util.Random;

/** Numbers of which each takes as many draws, whatever its strength. */
final class Draws {
  private Draws() {}

  /** From -1 to 1. */
  static double aside(Random random) {
    return 2 * random.nextDouble() - 1;
  }

  /** A factor from 1 / (1 + most) to 1 + most, as often below 1 as above. */
  static double ratio(Random random, double most) {
    return StrictMath.exp(aside(random) * StrictMath.log1p(most));
  }

  /** 0 for one half, and for the other from 0 to 1. */
  static double half(Random random) {
    return Math.max(0, aside(random));
  }
}
