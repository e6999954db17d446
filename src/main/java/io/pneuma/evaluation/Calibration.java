package io.pneuma.evaluation;

import java.util.ArrayList;
import java.util.List;

/** How far stated probabilities are from observed frequencies. */
public final class Calibration {
  static final int BINS = 15;

  private Calibration() {}

  /**
   * A bin of a reliability diagram.
   *
   * @param from least probability, not itself in the bin but for 0
   * @param to greatest probability
   * @param n images
   * @param stated mean probability; NaN without images
   * @param observed share of positives; NaN without images
   */
  public record Bin(double from, double to, int n, double stated, double observed) {}

  /**
   * Expected calibration error (Guo et al., "On Calibration of Modern Neural Networks", ICML 2017,
   * equations 2, 3 and 5): the mean over bins ((m-1)/M, m/M] of |accuracy - confidence|, each
   * weighted by its share of the images.
   *
   * @param correct 1 for a right answer, 0 for a wrong one; or the chance of a right one
   */
  static double expectedError(double[] correct, double[] confidences, double[] weights) {
    double[] surplus = new double[BINS]; // Sum of confidence - correct: the bin's share cancels.
    double all = 0;
    for (int i = 0; i < correct.length; i++) {
      surplus[bin(confidences[i])] += weights[i] * (confidences[i] - correct[i]);
      all += weights[i];
    }
    double sum = 0;
    for (double each : surplus) {
      sum += Math.abs(each);
    }
    return sum / all;
  }

  private static int bin(double probability) {
    return Math.max(0, (int) Math.ceil(probability * BINS) - 1);
  }

  /** The reliability diagram of one class's probabilities. */
  static List<Bin> bins(boolean[] positive, double[] scores) {
    int[] n = new int[BINS];
    double[] stated = new double[BINS];
    double[] observed = new double[BINS];
    for (int i = 0; i < scores.length; i++) {
      int bin = bin(scores[i]);
      n[bin]++;
      stated[bin] += scores[i];
      observed[bin] += positive[i] ? 1 : 0;
    }
    List<Bin> bins = new ArrayList<>();
    for (int b = 0; b < BINS; b++) {
      double from = (double) b / BINS;
      bins.add(new Bin(from, (b + 1.0) / BINS, n[b], stated[b] / n[b], observed[b] / n[b]));
    }
    return bins;
  }

  /**
   * The parts of a Brier score, which is reliability - resolution + uncertainty (Murphy, "A new
   * vector partition of the probability score", 1973). What is lost by putting unequal
   * probabilities into one bin counts with the resolution (Stephenson et al., "Two extra components
   * in the Brier score decomposition", 2008, equation 8), so that the sum is exact.
   *
   * @param reliability squared distance of stated and observed in the bins; 0 is best
   * @param resolution how far the bins are apart in what is observed; the uncertainty is best
   * @param uncertainty of an image of which nothing is known
   */
  public record BrierParts(double reliability, double resolution, double uncertainty) {}

  static BrierParts parts(boolean[] positive, double[] scores, double brier) {
    double positives = 0;
    for (boolean each : positive) {
      positives += each ? 1 : 0;
    }
    double share = positives / positive.length;
    double reliability = 0;
    for (Bin bin : bins(positive, scores)) {
      double apart = bin.stated() - bin.observed();
      reliability += bin.n() == 0 ? 0 : bin.n() * apart * apart / positive.length;
    }
    double uncertainty = share * (1 - share);
    return new BrierParts(reliability, reliability + uncertainty - brier, uncertainty);
  }
}
