package io.pneuma.evaluation;

import java.util.Comparator;
import java.util.stream.IntStream;

/** The scores of one positive class that depend on the order of the images alone. */
final class Ranking {
  private final boolean[] positive;

  /** Images from the highest score down. */
  private final int[] falling;

  /** For each place in {@link #falling} the place after the last image of the same score. */
  private final int[] end;

  Ranking(boolean[] positive, double[] scores) {
    this.positive = positive;
    this.falling =
        IntStream.range(0, scores.length)
            .boxed()
            .sorted(Comparator.comparingDouble((Integer i) -> scores[i]).reversed())
            .mapToInt(Integer::intValue)
            .toArray();
    this.end = new int[scores.length];
    for (int k = scores.length - 1; k >= 0; k--) {
      boolean tied = k + 1 < scores.length && scores[falling[k]] == scores[falling[k + 1]];
      end[k] = tied ? end[k + 1] : k + 1;
    }
  }

  private double[] sums(double[] weights) {
    double positives = 0;
    double negatives = 0;
    for (int i = 0; i < weights.length; i++) {
      positives += positive[i] ? weights[i] : 0;
      negatives += positive[i] ? 0 : weights[i];
    }
    return new double[] {positives, negatives};
  }

  /**
   * Area under the receiver operating characteristic: the share of pairs of a positive and a
   * negative image in which the positive one scores higher, a tie counting half (Mann and Whitney,
   * 1947). An image's influence is its structural component (DeLong et al., "Comparing the areas
   * under two or more correlated receiver operating characteristic curves", 1988, section 3). NaN
   * where a class is absent.
   */
  Estimate rocAuc(double[] weights) {
    double[] sums = sums(weights);
    double[] share = new double[weights.length]; // of the other class, on the wrong side
    double above = 0; // positives, of a higher score
    double aboveNegatives = 0;
    double pairs = 0;
    for (int from = 0; from < falling.length; from = end[from]) {
      double tied = 0;
      double tiedNegatives = 0;
      for (int k = from; k < end[from]; k++) {
        tied += positive[falling[k]] ? weights[falling[k]] : 0;
        tiedNegatives += positive[falling[k]] ? 0 : weights[falling[k]];
      }
      for (int k = from; k < end[from]; k++) {
        share[falling[k]] =
            positive[falling[k]]
                ? 1 - (aboveNegatives + tiedNegatives / 2) / sums[1]
                : (above + tied / 2) / sums[0];
      }
      pairs += tiedNegatives * (above + tied / 2);
      above += tied;
      aboveNegatives += tiedNegatives;
    }
    double value = pairs / (sums[0] * sums[1]);
    double[] influence = new double[weights.length];
    for (int i = 0; i < weights.length; i++) {
      influence[i] = weights[i] * (share[i] - value) / (positive[i] ? sums[0] : sums[1]);
    }
    return new Estimate(value, influence);
  }

  /**
   * Average precision: the sum of (R_k - R_{k-1}) P_k over the distinct scores from the highest
   * down, without interpolation, as scikit-learn's average_precision_score. NaN without positives.
   */
  Estimate averagePrecision(double[] weights) {
    double positives = sums(weights)[0];
    double[] precision = new double[weights.length];
    double[] lost = new double[weights.length]; // What one more answer of a score costs there.
    double[] gained = new double[weights.length];
    double found = 0;
    double answered = 0;
    double sum = 0;
    for (int from = 0; from < falling.length; from = end[from]) {
      double here = 0;
      for (int k = from; k < end[from]; k++) {
        here += positive[falling[k]] ? weights[falling[k]] : 0;
        answered += weights[falling[k]];
      }
      found += here;
      precision[from] = answered > 0 ? found / answered : 0;
      gained[from] = answered > 0 ? here / answered : 0;
      lost[from] = answered > 0 ? here * precision[from] / answered : 0;
      sum += here * precision[from];
    }
    double value = sum / positives;
    double[] influence = new double[weights.length];
    double laterGains = 0;
    double laterLosses = 0;
    for (int last = falling.length - 1; last >= 0; ) {
      int from = last;
      while (from > 0 && end[from - 1] == end[last]) {
        from--;
      }
      laterGains += gained[from];
      laterLosses += lost[from];
      for (int k = from; k <= last; k++) {
        double own = positive[falling[k]] ? precision[from] - value + laterGains : 0;
        influence[falling[k]] = weights[falling[k]] * (own - laterLosses) / positives;
      }
      last = from - 1;
    }
    return new Estimate(value, influence);
  }
}
