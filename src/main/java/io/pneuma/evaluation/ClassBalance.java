package io.pneuma.evaluation;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.hipparchus.linear.Array2DRowRealMatrix;
import org.hipparchus.linear.ArrayRealVector;
import org.hipparchus.linear.RealMatrix;
import org.hipparchus.linear.SingularValueDecomposition;
import org.hipparchus.random.MersenneTwister;
import org.hipparchus.random.RandomGenerator;

/**
 * How often each class comes among images whose classes nobody has told, by expectation
 * maximisation on calibrated probabilities (Saerens, Latinne and Decaestecker, "Adjusting the
 * outputs of a classifier to new a priori probabilities", 2002, equation 2.9). It holds where
 * images of one class are the same as those of validation, and only how many there are of each has
 * changed.
 *
 * @param before share of each class in what the network says of its validation images
 * @param after estimated share among the new images
 * @param ci95 low and high end of its 95 % interval: a bootstrap over the patients of both
 * @param byMatrix the estimate of another method, which inverts what validation images of each
 *     class are answered with (Lipton, Wang and Smola, "Detecting and correcting for label shift
 *     with black box predictors", ICML 2018, section 4); where it lies far off, more than the
 *     balance has changed
 * @param scaling of the logits, by which the network states frequencies at the new balance (Saerens
 *     et al., equation 2.4)
 * @param calibration the part of it that holds whatever the balance is
 */
public record ClassBalance(
    Map<String, Double> before,
    Map<String, Double> after,
    Map<String, double[]> ci95,
    Map<String, Double> byMatrix,
    LogitScaling scaling,
    LogitScaling calibration) {

  private static final int DRAWS = 1000;
  private static final int MOST_STEPS = 10_000;
  private static final double TOLERANCE = 1e-7;
  private static final double TAIL = 0.025;

  /** Patients below whom an interval would be made of too few draws. */
  static final int LEAST_PATIENTS = 20;

  /** Least singular value of the matrix of mean answers; about what chance's sureness leaves. */
  private static final double LEAST_TELLING = 0.1;

  /** An interval wider than this says nothing that one could act by. */
  private static final double WIDEST = 0.5;

  /** The balance cannot be told from these images; the message says why. */
  public static final class UnknownException extends Exception {
    private static final long serialVersionUID = 1;

    UnknownException(String message) {
      super(message);
    }
  }

  /** One estimate, from images with weights. */
  @SuppressWarnings("ArrayRecordComponent") // A carrier, never compared.
  private record Estimated(LogitScaling calibration, double[] before, double[] after) {}

  /**
   * Estimates the balance of new images.
   *
   * @param validation what the network says of images whose classes are known
   * @param images what it says of the new ones
   * @param patients of each new image
   * @param seed of the bootstrap's draws
   * @throws UnknownException when they do not tell it
   */
  public static ClassBalance estimate(
      Answers validation, double[][] images, List<String> patients, long seed)
      throws UnknownException {
    Patients known = new Patients(validation.patients(), validation.labels());
    Patients drawn = new Patients(patients, new int[images.length]);
    if (drawn.count() < LEAST_PATIENTS) {
      throw new UnknownException(
          "there are images of %d patients, of at least %d that it takes"
              .formatted(drawn.count(), LEAST_PATIENTS));
    }
    int classes = validation.classes().size();
    double[] once = Estimate.once(validation.size());
    double[] all = Estimate.once(images.length);
    LogitScaling calibration = LogitScaling.fit(validation, once);
    RealMatrix answers = answersByClass(validation, calibration);
    double telling =
        Arrays.stream(new SingularValueDecomposition(answers).getSingularValues()).min().orElse(0);
    if (!(telling >= LEAST_TELLING)) {
      throw new UnknownException(
          String.format(
              Locale.ROOT,
              "on validation the network hardly tells the classes apart (least singular value of its"
                  + " mean answers by class %.3f, of at least %.1f that it takes)",
              telling,
              LEAST_TELLING));
    }
    Estimated estimate = estimate(validation, once, images, all);
    List<List<Double>> draws = new ArrayList<>();
    for (int k = 0; k < classes; k++) {
      draws.add(new ArrayList<>());
    }
    RandomGenerator random = new MersenneTwister(seed);
    for (int draw = 0; draw < DRAWS; draw++) {
      double[] after =
          estimate(validation, known.draw(random).weights(), images, drawn.draw(random).weights())
              .after();
      for (int k = 0; k < classes; k++) {
        draws.get(k).add(after[k]);
      }
    }
    Map<String, double[]> intervals = new LinkedHashMap<>();
    for (int k = 0; k < classes; k++) {
      Collections.sort(draws.get(k));
      int rank = (int) (TAIL * DRAWS);
      double[] interval = {draws.get(k).get(rank), draws.get(k).get(DRAWS - 1 - rank)};
      String name = validation.classes().get(k);
      if (interval[1] - interval[0] > WIDEST) {
        throw new UnknownException(
            String.format(
                Locale.ROOT,
                "the share of %s could be anything from %.2f to %.2f",
                name,
                interval[0],
                interval[1]));
      }
      intervals.put(name, interval);
    }
    double[] shifts = new double[classes];
    for (int k = 0; k < classes; k++) {
      // Of a class that was not met there may be half an image all the same.
      double after = Math.max(estimate.after()[k], 0.5 / images.length);
      shifts[k] = Math.log(after / estimate.before()[k]);
    }
    double[] byMatrix =
        new SingularValueDecomposition(answers)
            .getSolver()
            .solve(new ArrayRealVector(mean(calibration.of(images), all)))
            .toArray();
    return new ClassBalance(
        named(validation, estimate.before()),
        named(validation, estimate.after()),
        intervals,
        named(validation, byMatrix),
        calibration.andShifted(shifts),
        calibration);
  }

  /** Whether the balance before lies outside the interval of a class. */
  public boolean moved() {
    return ci95.entrySet().stream()
        .anyMatch(
            of -> {
              double former = before.get(of.getKey());
              return former < of.getValue()[0] || former > of.getValue()[1];
            });
  }

  /** Whether the other method's estimate lies outside the interval by more than its width. */
  public boolean disagrees() {
    return ci95.entrySet().stream()
        .anyMatch(
            of -> {
              double other = byMatrix.get(of.getKey());
              double width = of.getValue()[1] - of.getValue()[0];
              return other < of.getValue()[0] - width || other > of.getValue()[1] + width;
            });
  }

  private static Map<String, Double> named(Answers validation, double[] shares) {
    Map<String, Double> named = new LinkedHashMap<>();
    for (int k = 0; k < shares.length; k++) {
      named.put(validation.classes().get(k), shares[k]);
    }
    return named;
  }

  private static Estimated estimate(
      Answers validation, double[] weights, double[][] images, double[] imageWeights)
      throws UnknownException {
    LogitScaling calibration = LogitScaling.fit(validation, weights);
    double[] before = mean(calibration.of(validation.probabilities()), weights);
    return new Estimated(
        calibration, before, maximise(calibration.of(images), imageWeights, before));
  }

  /**
   * Saerens et al., equation 2.9: each image's probabilities at the balance so far, then their mean
   * as the next balance.
   */
  static double[] maximise(double[][] probabilities, double[] weights, double[] before)
      throws UnknownException {
    double[] balance = before.clone();
    for (int step = 0; step < MOST_STEPS; step++) {
      double[] next = new double[balance.length];
      double all = 0;
      for (int i = 0; i < probabilities.length; i++) {
        if (weights[i] == 0) {
          continue;
        }
        double sum = 0;
        for (int k = 0; k < next.length; k++) {
          sum += balance[k] / before[k] * probabilities[i][k];
        }
        for (int k = 0; k < next.length; k++) {
          next[k] += weights[i] * balance[k] / before[k] * probabilities[i][k] / sum;
        }
        all += weights[i];
      }
      double moved = 0;
      for (int k = 0; k < next.length; k++) {
        next[k] /= all;
        moved = Math.max(moved, Math.abs(next[k] - balance[k]));
      }
      balance = next;
      if (moved < TOLERANCE) {
        return balance;
      }
    }
    throw new UnknownException(
        "expectation maximisation did not come to rest in " + MOST_STEPS + " steps");
  }

  private static double[] mean(double[][] probabilities, double[] weights) {
    double[] mean = new double[probabilities[0].length];
    double all = Arrays.stream(weights).sum();
    for (int i = 0; i < probabilities.length; i++) {
      for (int k = 0; k < mean.length; k++) {
        mean[k] += weights[i] * probabilities[i][k] / all;
      }
    }
    return mean;
  }

  /** Column by column the mean answer for validation images of a class. */
  private static RealMatrix answersByClass(Answers validation, LogitScaling calibration) {
    int classes = validation.classes().size();
    RealMatrix matrix = new Array2DRowRealMatrix(classes, classes);
    for (int label = 0; label < classes; label++) {
      double[] ofLabel = new double[validation.size()];
      for (int i = 0; i < ofLabel.length; i++) {
        ofLabel[i] = validation.labels()[i] == label ? 1 : 0;
      }
      matrix.setColumn(label, mean(calibration.of(validation.probabilities()), ofLabel));
    }
    return matrix;
  }
}
