package io.pneuma.evaluation;

import io.pneuma.evaluation.Scores.AllClasses;
import io.pneuma.evaluation.Scores.OneAgainstRest;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.DoubleUnaryOperator;
import org.hipparchus.distribution.continuous.NormalDistribution;
import org.hipparchus.distribution.continuous.TDistribution;
import org.hipparchus.random.MersenneTwister;

/**
 * 95 % confidence intervals. The unit is the patient: all of a patient's images count as one draw.
 *
 * <ul>
 *   <li>Proportions: Wilson ("Probable inference", 1927), of as many images as there would be
 *       patients with one image each (the design effect; Kish, "Survey Sampling", 1965). With one
 *       image a patient that is Wilson's interval itself. F1 is the share of right ones among the
 *       positive answers and positive images, and gets its interval in the same way.
 *   <li>Balanced accuracy: from Wilson's intervals of the recalls (MOVER; Zou and Donner, 2008).
 *   <li>ROC AUC: the variance of DeLong et al. (1988), for several images a patient that of
 *       Obuchowski (1997), on the logit scale (Pepe, 2003, section 5.2.4), with Student's quantile.
 *   <li>Matthews' correlation: the delta method on Fisher's scale, and what is averaged over
 *       classes on the logit scale.
 *   <li>Area under precision and recall, Brier score: bootstrap over patients by strata of classes,
 *       studentised, on the logit and the logarithmic scale (Davison and Hinkley, 1997, 5.2).
 *   <li>Expected calibration error: see {@link #calibration}.
 * </ul>
 *
 * <p>How often they hold the truth is in docs/decisions/intervals.md.
 */
public final class Intervals {
  static final int DRAWS = 2000;
  private static final double TAIL = 0.025;
  private static final double Z = new NormalDistribution().inverseCumulativeProbability(1 - TAIL);

  private final Scores scores;
  private final Patients patients;
  private final int draws;
  private final long seed;
  private final double[] once;

  Intervals(Scores scores, Patients patients, int draws, long seed) {
    this.scores = scores;
    this.patients = patients;
    this.draws = draws;
    this.seed = seed;
    this.once = Estimate.once(scores.correct().length);
  }

  /** Low and high end of each score; scores that are undefined have none. */
  Map<String, double[]> of(List<String> names) {
    Map<String, double[]> intervals = new LinkedHashMap<>();
    for (String name : names) {
      double[] interval = of(name);
      if (!Double.isNaN(interval[0])) {
        intervals.put(name, interval);
      }
    }
    return intervals;
  }

  double[] of(String name) {
    if (name.equals("ece")) {
      return calibration();
    }
    Estimate estimate = scores.of(name, once);
    if (Double.isNaN(estimate.value())) {
      return new double[] {Double.NaN, Double.NaN};
    }
    return switch (name) {
      case "prAuc" -> isAtEnd(estimate) ? perfect(estimate) : studentised(name, Scale.LOGIT);
      case "brier" -> isAtEnd(estimate) ? perfect(estimate) : studentised(name, Scale.LOG);
      case "mcc" -> delta(estimate, Scale.FISHER);
      case "rocAuc" ->
          patients.count() < once.length && !isAtEnd(estimate)
              ? studentised(name, Scale.LOGIT)
              : delta(estimate, Scale.LOGIT);
      case "balancedAccuracy" -> balanced(estimate.value());
      default -> share(name, estimate);
    };
  }

  private double[] share(String name, Estimate estimate) {
    if (name.equals("accuracy")) {
      return wilson(estimate, once);
    }
    if (scores instanceof AllClasses) {
      return delta(estimate, Scale.LOGIT);
    }
    return wilson(estimate, view().whole(name));
  }

  private OneAgainstRest view() {
    return scores.positives().orElseThrow();
  }

  /** Wilson's interval of a share of {@code whole}. */
  private double[] wilson(Estimate estimate, double[] whole) {
    double p = estimate.value();
    double n = 0;
    boolean[] counted = new boolean[whole.length];
    for (int i = 0; i < whole.length; i++) {
      n += whole[i];
      counted[i] = whole[i] > 0;
    }
    if (p == 0 || p == 1) { // No spread to see: as if a patient's images were all alike.
      return wilson(p, patients.among(counted));
    }
    double binomial = p * (1 - p) / n;
    double independent = Arrays.stream(estimate.influence()).map(each -> each * each).sum();
    // 1 but for F1, where an image can stand in numerator and denominator twice.
    double own = independent / binomial;
    int among = patients.among(counted);
    boolean single = among == Arrays.stream(whole).filter(each -> each > 0).count();
    return wilson(p, n / (own * (single ? 1 : clustering(estimate, among))));
  }

  /** By how much fewer the images count for being of few patients (Korn and Graubard, 1998). */
  private double clustering(Estimate estimate, int among) {
    double t = student(among - 1) / Z;
    return Math.max(1, patients.designEffect(estimate.influence())) * t * t;
  }

  private static double student(double degrees) {
    double known = degrees > 1 ? degrees : 1; // NaN where nothing varies.
    return new TDistribution(known).inverseCumulativeProbability(1 - TAIL);
  }

  /** Wilson's 95 % interval of a share p of n. */
  public static double[] wilson(double p, double n) {
    double centre = (p + Z * Z / (2 * n)) / (1 + Z * Z / n);
    double half = Z / (1 + Z * Z / n) * Math.sqrt(p * (1 - p) / n + Z * Z / (4 * n * n));
    return new double[] {Math.max(0, centre - half), Math.min(1, centre + half)};
  }

  private double[] balanced(double value) {
    double[][] parts =
        scores instanceof AllClasses all
            ? all.views.stream().map(view -> part(view, "recall")).toArray(double[][]::new)
            : new double[][] {part(view(), "recall"), part(view(), "specificity")};
    double below = 0;
    double above = 0;
    for (double[] part : parts) {
      below += (part[0] - part[1]) * (part[0] - part[1]);
      above += (part[2] - part[0]) * (part[2] - part[0]);
    }
    return new double[] {
      value - Math.sqrt(below) / parts.length, value + Math.sqrt(above) / parts.length
    };
  }

  private double[] part(OneAgainstRest view, String name) {
    Estimate estimate = view.of(name, once);
    double[] interval = wilson(estimate, view.whole(name));
    return new double[] {estimate.value(), interval[0], interval[1]};
  }

  /**
   * What a score is mapped to so that its errors are about normal.
   *
   * @param least value of the score
   */
  private record Scale(
      double least, DoubleUnaryOperator to, DoubleUnaryOperator slope, DoubleUnaryOperator back) {
    static final Scale LOGIT =
        new Scale(
            0, p -> Math.log(p / (1 - p)), p -> 1 / (p * (1 - p)), y -> 1 / (1 + Math.exp(-y)));
    static final Scale LOG = new Scale(0, Math::log, p -> 1 / p, Math::exp);
    static final Scale FISHER =
        new Scale(-1, r -> Math.log((1 + r) / (1 - r)) / 2, r -> 1 / (1 - r * r), Math::tanh);
  }

  private static boolean isAtEnd(Estimate estimate) {
    return estimate.value() <= 0 || estimate.value() >= 1;
  }

  /** The least number of patients that a class has. */
  private int fewest() {
    List<OneAgainstRest> views = scores instanceof AllClasses all ? all.views : List.of(view());
    int fewest = Integer.MAX_VALUE;
    for (OneAgainstRest view : views) {
      boolean[] negative = new boolean[view.positive.length];
      for (int i = 0; i < negative.length; i++) {
        negative[i] = !view.positive[i];
      }
      fewest = Math.min(fewest, patients.among(view.positive));
      fewest = Math.min(fewest, patients.among(negative));
    }
    return fewest;
  }

  /** No spread to see: Wilson's interval of the smaller class, all of whose patients are right. */
  private double[] perfect(Estimate estimate) {
    return wilson(Math.max(0, Math.min(1, estimate.value())), Math.max(1, fewest()));
  }

  private double[] delta(Estimate estimate, Scale scale) {
    double value = estimate.value();
    double variance = patients.variance(estimate.influence());
    if (value >= 1 || value <= scale.least || !(variance > 0)) {
      double width = 1 - scale.least;
      double[] share = wilson((value - scale.least) / width, Math.max(1, fewest()));
      return new double[] {scale.least + width * share[0], scale.least + width * share[1]};
    }
    double t = student(patients.degreesOfFreedom(estimate.influence()));
    double half = t * Math.sqrt(variance) * scale.slope.applyAsDouble(value);
    double middle = scale.to.applyAsDouble(value);
    return new double[] {
      scale.back.applyAsDouble(middle - half), scale.back.applyAsDouble(middle + half)
    };
  }

  private double[] studentised(String name, Scale scale) {
    MersenneTwister random = new MersenneTwister(seed);
    Estimate estimate = scores.of(name, once);
    double middle = scale.to.applyAsDouble(estimate.value());
    double error = error(estimate, patients.wholeVariance(estimate.influence()), scale);
    double[] apart = new double[draws];
    for (int draw = 0; draw < draws; draw++) {
      Patients.Draw sample = patients.draw(random);
      Estimate again = scores.of(name, sample.weights());
      double difference = scale.to.applyAsDouble(again.value()) - middle;
      double variance = patients.variance(again.influence(), sample.times());
      double itsError = error(again, variance, scale);
      // A draw that is perfect is infinitely far away on the scale.
      apart[draw] = itsError > 0 ? difference / itsError : difference * Double.POSITIVE_INFINITY;
    }
    Arrays.sort(apart);
    // Where that many draws are perfect, Student's quantile must do.
    double t = student(patients.degreesOfFreedom(estimate.influence()));
    double high = Double.isFinite(apart[index(1 - TAIL)]) ? apart[index(1 - TAIL)] : t;
    double low = Double.isFinite(apart[index(TAIL)]) ? apart[index(TAIL)] : -t;
    double[] ends = {
      scale.back.applyAsDouble(middle - high * error),
      scale.back.applyAsDouble(middle - low * error)
    };
    if (name.equals("brier")) {
      // Few patients may bear almost all of it. But no mean of numbers up to a most varies more
      // than
      // a share does, so Wilson's high end is high enough.
      double most = scores instanceof AllClasses ? 2 : 1;
      double share = estimate.value() / most;
      ends[1] = Math.min(ends[1], most * wilson(share, patients.effectiveCount())[1]);
    }
    return ends;
  }

  private static double error(Estimate estimate, double variance, Scale scale) {
    return Math.sqrt(variance) * scale.slope.applyAsDouble(estimate.value());
  }

  private int index(double share) {
    return (int) Math.min(draws - 1, Math.max(0, Math.round(share * (draws + 1)) - 1));
  }

  /**
   * The interval of a calibration error, which is too large wherever it is estimated: even a
   * calibrated model's is above 0. So the low end is 0 unless the error is larger than what 97.5 %
   * of draws from the stated probabilities give (Bröcker and Smith, "Increasing the reliability of
   * reliability diagrams", 2007); otherwise both ends mirror the bootstrap's quantiles, which takes
   * off twice what the bootstrap adds.
   */
  private double[] calibration() {
    double value = scores.calibrationError(once);
    MersenneTwister random = new MersenneTwister(seed);
    double[] confidences = scores.confidences();
    double[] ifTrue = new double[draws];
    double[] correct = new double[confidences.length];
    double[] again = new double[draws];
    for (int draw = 0; draw < draws; draw++) {
      for (int i = 0; i < correct.length; i++) {
        correct[i] = random.nextDouble() < confidences[i] ? 1 : 0;
      }
      ifTrue[draw] = Calibration.expectedError(correct, confidences, once);
      again[draw] = scores.calibrationError(patients.draw(random).weights());
    }
    Arrays.sort(ifTrue);
    Arrays.sort(again);
    double low = value <= ifTrue[index(1 - TAIL)] ? 0 : 2 * value - again[index(1 - TAIL)];
    double high = Math.max(value, 2 * value - again[index(TAIL)]);
    return new double[] {Math.max(0, Math.min(low, value)), Math.min(1, high)};
  }
}
