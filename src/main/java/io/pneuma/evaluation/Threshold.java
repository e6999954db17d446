package io.pneuma.evaluation;

import io.pneuma.config.Recipe.ThresholdRule;
import java.util.Arrays;
import java.util.TreeSet;
import java.util.function.ToDoubleFunction;

/**
 * Chooses the threshold of the positive class's probability. Between two neighbouring scores every
 * threshold answers alike, so their middle is taken: a new image's score may fall on either side.
 */
final class Threshold {
  private final boolean[] positive;
  private final double[] scores;
  private double positives;

  private Threshold(boolean[] positive, double[] scores) {
    this.positive = positive;
    this.scores = scores;
    for (boolean each : positive) {
      positives += each ? 1 : 0;
    }
  }

  /** The threshold that a rule chooses on these images. */
  static double choose(Answers answers, int positiveClass, ThresholdRule rule) {
    if (rule instanceof ThresholdRule.Fixed fixed) {
      return fixed.value();
    }
    int n = answers.size();
    boolean[] positive = new boolean[n];
    double[] scores = new double[n];
    for (int i = 0; i < n; i++) {
      positive[i] = answers.labels()[i] == positiveClass;
      scores[i] = answers.probabilities()[i][positiveClass];
    }
    return new Threshold(positive, scores).choose(rule);
  }

  private double choose(ThresholdRule rule) {
    if (rule instanceof ThresholdRule.Sensitivity wanted) {
      // As specific as it can be while it finds enough.
      return best(
          of -> of.recall() >= wanted.atLeast() - 1e-12 ? of.specificity() : of.recall() - 2);
    }
    if (rule instanceof ThresholdRule.Specificity wanted) {
      return best(
          of -> of.specificity() >= wanted.atLeast() - 1e-12 ? of.recall() : of.specificity() - 2);
    }
    if (rule instanceof ThresholdRule.Cost cost) {
      return best(of -> -(cost.falsePositive() * of.fp() + cost.falseNegative() * of.fn()));
    }
    return best(of -> of.recall() + of.specificity() - 1); // Youden, "Index for rating", 1950.
  }

  private record Counts(double tp, double fp, double tn, double fn) {
    double recall() {
      return tp / (tp + fn);
    }

    double specificity() {
      return tn / (tn + fp);
    }
  }

  /** The threshold of the greatest merit; of equals the nearest to one half. */
  private double best(ToDoubleFunction<Counts> merit) {
    double best = Decision.HALF;
    double most = Double.NEGATIVE_INFINITY;
    for (double threshold : candidates()) {
      double here = merit.applyAsDouble(counts(threshold));
      boolean nearer = Math.abs(threshold - Decision.HALF) < Math.abs(best - Decision.HALF);
      if (here > most || (here == most && nearer)) {
        most = here;
        best = threshold;
      }
    }
    return best;
  }

  private double[] candidates() {
    TreeSet<Double> distinct = new TreeSet<>();
    Arrays.stream(scores).forEach(score -> distinct.add(score + 0.0)); // -0.0 becomes 0.0.
    double[] sorted = distinct.stream().mapToDouble(Double::doubleValue).toArray();
    double[] candidates = new double[sorted.length + 1];
    candidates[0] = sorted[0] / 2;
    for (int i = 1; i < sorted.length; i++) {
      candidates[i] = (sorted[i - 1] + sorted[i]) / 2;
    }
    candidates[sorted.length] = (sorted[sorted.length - 1] + 1) / 2;
    return withHalf(candidates);
  }

  /** One half stands for the gap in which it lies. */
  private double[] withHalf(double[] candidates) {
    double[] all = Arrays.copyOf(candidates, candidates.length + 1);
    all[candidates.length] = Decision.HALF;
    return all;
  }

  private Counts counts(double threshold) {
    double tp = 0;
    double fp = 0;
    for (int i = 0; i < scores.length; i++) {
      boolean answered = scores[i] >= threshold;
      tp += answered && positive[i] ? 1 : 0;
      fp += answered && !positive[i] ? 1 : 0;
    }
    double negatives = scores.length - positives;
    return new Counts(tp, fp, negatives - fp, positives - tp);
  }
}
