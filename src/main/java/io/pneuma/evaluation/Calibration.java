package io.pneuma.evaluation;

/** How far the stated probabilities are from the observed frequencies. */
final class Calibration {
  private static final int BINS = 15;

  private Calibration() {}

  /**
   * Expected calibration error (Guo et al., "On Calibration of Modern Neural Networks", ICML 2017,
   * equations 2, 3 and 5): the mean over bins ((m-1)/M, m/M] of |accuracy - confidence|, each
   * weighted by its share of the images.
   */
  static double expectedError(boolean[] correct, double[] confidences) {
    double[] surplus = new double[BINS]; // Sum of confidence - correct: the bin's share cancels.
    for (int i = 0; i < correct.length; i++) {
      int bin = Math.max(0, (int) Math.ceil(confidences[i] * BINS) - 1);
      surplus[bin] += confidences[i] - (correct[i] ? 1 : 0);
    }
    double sum = 0;
    for (double each : surplus) {
      sum += Math.abs(each);
    }
    return sum / correct.length;
  }
}
