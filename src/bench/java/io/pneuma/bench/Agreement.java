package io.pneuma.bench;

import java.util.Locale;

/** Whether two sides have computed the same. */
final class Agreement {
  private Agreement() {}

  /**
   * The mean difference, relative to the peer's mean size; NaN when there is nothing to compare.
   */
  static double difference(double[] ours, double[] theirs) {
    if (ours.length != theirs.length) {
      throw new BenchException(
          "Pneuma gave " + ours.length + " numbers and the peer " + theirs.length);
    }
    double apart = 0;
    double size = 0;
    for (int i = 0; i < ours.length; i++) {
      apart += Math.abs(ours[i] - theirs[i]);
      size += Math.abs(theirs[i]);
    }
    return apart / size;
  }

  /**
   * Refuses to measure what is not the same.
   *
   * @throws BenchException when the difference is above the tolerance or no number
   */
  static double require(double[] ours, double[] theirs, double tolerance) {
    double difference = difference(ours, theirs);
    if (!(difference <= tolerance)) {
      throw new BenchException(
          String.format(
              Locale.ROOT,
              "the two do not compute the same: their mean difference is %.2g of the mean, more"
                  + " than %.2g",
              difference,
              tolerance));
    }
    return difference;
  }
}
