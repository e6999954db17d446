package io.pneuma.evaluation;

import java.util.Arrays;
import org.hipparchus.linear.Array2DRowRealMatrix;
import org.hipparchus.linear.ArrayRealVector;
import org.hipparchus.linear.LUDecomposition;
import org.hipparchus.linear.RealMatrix;

/**
 * The logits multiplied by one number and each shifted by its own, so that probabilities state
 * frequencies of each class: bias-corrected temperature scaling (Alexandari, Kundaje and Shrikumar,
 * "Maximum likelihood with bias-corrected calibration is hard-to-beat at label shift adaptation",
 * ICML 2020).
 *
 * @param factor of the logits
 * @param shifts added to the logits of each class after that
 */
@SuppressWarnings("ArrayRecordComponent") // A carrier, never compared.
public record LogitScaling(double factor, double[] shifts) {
  private static final int MOST_STEPS = 100;
  private static final double TOLERANCE = 1e-9;

  /** Keeps the matrix of second derivatives from being singular. */
  private static final double RIDGE = 1e-9;

  /** What changes nothing. */
  public static LogitScaling identity(int classes) {
    return new LogitScaling(1, new double[classes]);
  }

  /** The probabilities that these become. */
  public double[] of(double[] probabilities) {
    double[] scaled = new double[probabilities.length];
    double most = Double.NEGATIVE_INFINITY;
    for (int k = 0; k < scaled.length; k++) {
      scaled[k] = factor * logarithm(probabilities[k]) + shifts[k];
      most = Math.max(most, scaled[k]);
    }
    double sum = 0;
    for (int k = 0; k < scaled.length; k++) {
      scaled[k] = Math.exp(scaled[k] - most);
      sum += scaled[k];
    }
    for (int k = 0; k < scaled.length; k++) {
      scaled[k] /= sum;
    }
    return scaled;
  }

  /** The same for many images. */
  public double[][] of(double[][] probabilities) {
    return Arrays.stream(probabilities).map(this::of).toArray(double[][]::new);
  }

  /** This, then logits shifted further. */
  LogitScaling andShifted(double[] more) {
    double[] both = shifts.clone();
    for (int k = 0; k < both.length; k++) {
      both[k] += more[k];
    }
    return new LogitScaling(factor, both);
  }

  private static double logarithm(double probability) {
    return Math.log(Math.max(Double.MIN_NORMAL, probability));
  }

  /**
   * The scaling of the least negative log likelihood, by Newton's method; the problem is convex.
   * Targets are Platt's, as {@link Temperature} has them.
   *
   * @param weights of the images
   */
  static LogitScaling fit(Answers answers, double[] weights) {
    int classes = answers.classes().size();
    double[][] targets = Temperature.targets(answers);
    double[] at = new double[classes]; // The factor, then the shifts of all but the last class.
    at[0] = 1;
    double loss = loss(answers, targets, weights, at);
    for (int step = 0; step < MOST_STEPS; step++) {
      double[] gradient = new double[classes];
      RealMatrix curvature = new Array2DRowRealMatrix(classes, classes);
      derive(answers, targets, weights, at, gradient, curvature);
      double[] move =
          new LUDecomposition(curvature).getSolver().solve(new ArrayRealVector(gradient)).toArray();
      double length = 1;
      double[] next = moved(at, move, length);
      double nextLoss = loss(answers, targets, weights, next);
      while (!(nextLoss <= loss) && length > TOLERANCE) {
        length /= 2;
        next = moved(at, move, length);
        nextLoss = loss(answers, targets, weights, next);
      }
      boolean done = !(nextLoss < loss - TOLERANCE * Math.abs(loss));
      at = nextLoss <= loss ? next : at;
      loss = Math.min(loss, nextLoss);
      if (done) {
        break;
      }
    }
    return of(at, classes);
  }

  private static LogitScaling of(double[] at, int classes) {
    double[] shifts = new double[classes];
    System.arraycopy(at, 1, shifts, 0, classes - 1);
    return new LogitScaling(at[0], shifts);
  }

  private static double[] moved(double[] at, double[] move, double length) {
    double[] moved = at.clone();
    for (int k = 0; k < moved.length; k++) {
      moved[k] -= length * move[k];
    }
    return moved;
  }

  private static double loss(Answers answers, double[][] targets, double[] weights, double[] at) {
    LogitScaling scaling = of(at, at.length);
    double loss = 0;
    for (int i = 0; i < weights.length; i++) {
      double[] p = scaling.of(answers.probabilities()[i]);
      for (int k = 0; k < p.length; k++) {
        loss -= weights[i] * targets[i][k] * logarithm(p[k]);
      }
    }
    return loss;
  }

  private static void derive(
      Answers answers,
      double[][] targets,
      double[] weights,
      double[] at,
      double[] gradient,
      RealMatrix curvature) {
    int classes = at.length;
    LogitScaling scaling = of(at, classes);
    for (int i = 0; i < weights.length; i++) {
      double[] p = scaling.of(answers.probabilities()[i]);
      // How each logit grows with each parameter.
      double[][] growth = new double[classes][classes];
      double[] mean = new double[classes];
      for (int k = 0; k < classes; k++) {
        growth[k][0] = logarithm(answers.probabilities()[i][k]);
        if (k < classes - 1) {
          growth[k][k + 1] = 1;
        }
        for (int a = 0; a < classes; a++) {
          mean[a] += p[k] * growth[k][a];
        }
      }
      for (int a = 0; a < classes; a++) {
        for (int k = 0; k < classes; k++) {
          gradient[a] += weights[i] * (p[k] - targets[i][k]) * growth[k][a];
          for (int b = 0; b < classes; b++) {
            double spread = p[k] * (growth[k][a] - mean[a]) * (growth[k][b] - mean[b]);
            curvature.addToEntry(a, b, weights[i] * spread);
          }
        }
      }
    }
    for (int a = 0; a < classes; a++) {
      curvature.addToEntry(a, a, RIDGE);
    }
  }
}
