package io.pneuma.evaluation;

import org.hipparchus.analysis.UnivariateFunction;
import org.hipparchus.analysis.solvers.BrentSolver;

/**
 * Temperature scaling: the logits divided by one number, so that probabilities state frequencies
 * (Guo et al., "On Calibration of Modern Neural Networks", ICML 2017, section 4.2).
 */
public final class Temperature {
  /** What the logits are multiplied by lies within these. */
  private static final double LEAST = 1e-2;

  private static final double MOST = 1e2;
  private static final int STEPS = 1000;

  private Temperature() {}

  /**
   * The temperature of the least negative log likelihood. The targets are those of Platt
   * ("Probabilistic outputs for support vector machines", 1999, equation 1): a class of n images
   * counts as (n + 1) / (n + 2), since otherwise images that are all told apart would want a
   * temperature of 0.
   *
   * @param answers for images that were not trained on, at a temperature of 1
   */
  public static double fit(Answers answers) {
    double[][] logits = new double[answers.size()][];
    for (int i = 0; i < logits.length; i++) {
      logits[i] = logarithms(answers.probabilities()[i]);
    }
    double[][] targets = targets(answers);
    UnivariateFunction slope = factor -> slope(logits, targets, factor); // It only grows.
    if (slope.value(LEAST) >= 0) {
      return 1 / LEAST;
    }
    if (slope.value(MOST) <= 0) {
      return 1 / MOST;
    }
    return 1 / new BrentSolver(1e-12, 1e-10).solve(STEPS, slope, LEAST, MOST, 1);
  }

  private static double[] logarithms(double[] probabilities) {
    double[] logarithms = new double[probabilities.length];
    for (int k = 0; k < logarithms.length; k++) {
      logarithms[k] = Math.log(Math.max(Double.MIN_NORMAL, probabilities[k]));
    }
    return logarithms;
  }

  static double[][] targets(Answers answers) {
    int classes = answers.classes().size();
    int[] images = new int[classes];
    for (int label : answers.labels()) {
      images[label]++;
    }
    double[][] targets = new double[answers.size()][classes];
    for (int i = 0; i < targets.length; i++) {
      int label = answers.labels()[i];
      double own = (images[label] + 1.0) / (images[label] + 2.0);
      for (int k = 0; k < classes; k++) {
        targets[i][k] = k == label ? own : (1 - own) / (classes - 1);
      }
    }
    return targets;
  }

  /** The derivative of the mean negative log likelihood by what the logits are multiplied by. */
  private static double slope(double[][] logits, double[][] targets, double factor) {
    double slope = 0;
    for (int i = 0; i < logits.length; i++) {
      double[] p = softmax(logits[i], factor);
      for (int k = 0; k < p.length; k++) {
        slope += (p[k] - targets[i][k]) * logits[i][k] / logits.length;
      }
    }
    return slope;
  }

  private static double[] softmax(double[] logits, double factor) {
    double most = Double.NEGATIVE_INFINITY;
    for (double logit : logits) {
      most = Math.max(most, factor * logit);
    }
    double[] p = new double[logits.length];
    double sum = 0;
    for (int k = 0; k < p.length; k++) {
      p[k] = Math.exp(factor * logits[k] - most);
      sum += p[k];
    }
    for (int k = 0; k < p.length; k++) {
      p[k] /= sum;
    }
    return p;
  }
}
