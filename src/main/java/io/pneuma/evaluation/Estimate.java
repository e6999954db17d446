package io.pneuma.evaluation;

import java.util.Arrays;

/**
 * A score of weighted images and what each of them does to it: the derivative of the score by the
 * image's weight, times that weight. These influences sum to zero, and the variance of the score
 * is, to first order, that of their sum (Hampel, "The influence curve and its role in robust
 * estimation", 1974).
 *
 * @param value NaN where the score is undefined
 * @param influence one for each image
 */
@SuppressWarnings("ArrayRecordComponent") // Never compared.
record Estimate(double value, double[] influence) {

  /** All images once. */
  static double[] once(int images) {
    double[] weights = new double[images];
    Arrays.fill(weights, 1);
    return weights;
  }

  /** The ratio of two weighted sums: sum(w part) / sum(w whole). */
  static Estimate ratio(double[] part, double[] whole, double[] weights) {
    double parts = 0;
    double wholes = 0;
    for (int i = 0; i < weights.length; i++) {
      parts += weights[i] * part[i];
      wholes += weights[i] * whole[i];
    }
    double value = parts / wholes; // 0/0 is NaN: there is nothing to take a share of.
    double[] influence = new double[weights.length];
    for (int i = 0; i < weights.length; i++) {
      influence[i] = weights[i] * (part[i] - value * whole[i]) / wholes;
    }
    return new Estimate(value, influence);
  }

  /** The mean of several scores of the same images. */
  static Estimate mean(Estimate... scores) {
    double value = 0;
    double[] influence = new double[scores[0].influence.length];
    for (Estimate score : scores) {
      value += score.value / scores.length;
      for (int i = 0; i < influence.length; i++) {
        influence[i] += score.influence[i] / scores.length;
      }
    }
    return new Estimate(value, influence);
  }

  /**
   * Matthews' correlation of true and answered classes, for any number of classes (Gorodkin,
   * "Comparing two K-category assignments by a K-category correlation coefficient", 2004). 0 where
   * all are answered alike or all are of one class, as in scikit-learn.
   */
  static Estimate matthews(int[] labels, int[] answers, int classes, double[] weights) {
    double[] truth = new double[classes];
    double[] answered = new double[classes];
    double right = 0;
    double all = 0;
    for (int i = 0; i < labels.length; i++) {
      truth[labels[i]] += weights[i];
      answered[answers[i]] += weights[i];
      right += labels[i] == answers[i] ? weights[i] : 0;
      all += weights[i];
    }
    double chance = 0;
    double answeredSpread = all * all;
    double truthSpread = all * all;
    for (int k = 0; k < classes; k++) {
      chance += truth[k] * answered[k];
      answeredSpread -= answered[k] * answered[k];
      truthSpread -= truth[k] * truth[k];
    }
    double[] influence = new double[labels.length];
    if (!(answeredSpread > 0 && truthSpread > 0)) {
      return new Estimate(0, influence);
    }
    double agreement = right * all - chance;
    double scale = Math.sqrt(answeredSpread * truthSpread);
    double value = agreement / scale;
    for (int i = 0; i < labels.length; i++) {
      double agreements =
          (labels[i] == answers[i] ? all : 0) + right - answered[labels[i]] - truth[answers[i]];
      double spreads =
          (all - answered[answers[i]]) / answeredSpread + (all - truth[labels[i]]) / truthSpread;
      influence[i] = weights[i] * (agreements / scale - value * spreads);
    }
    return new Estimate(value, influence);
  }
}
