package io.pneuma.evaluation;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import org.hipparchus.random.MersenneTwister;

/**
 * Curves of one class against the rest over all thresholds, with pointwise 95 % bands: percentiles
 * of a bootstrap over patients, stratified by class.
 */
public final class Curves {
  private static final int DRAWS = 500;
  private static final int STEPS = 50;

  private final boolean[] positive;
  private final double[] scores;
  private final int[] falling;
  private final List<double[]> weights = new ArrayList<>();

  /**
   * A point of a curve.
   *
   * @param x the abscissa
   * @param y its value; NaN where it is undefined
   */
  public record Point(double x, double y, double low, double high) {}

  /**
   * Images in the order of the scores of one class.
   *
   * @param seed of the bootstrap's draws
   */
  public Curves(Answers answers, int positiveClass, long seed) {
    int n = answers.size();
    positive = new boolean[n];
    scores = new double[n];
    for (int i = 0; i < n; i++) {
      positive[i] = answers.labels()[i] == positiveClass;
      scores[i] = answers.probabilities()[i][positiveClass];
    }
    falling =
        IntStream.range(0, n)
            .boxed()
            .sorted((a, b) -> Double.compare(scores[b], scores[a]))
            .mapToInt(Integer::intValue)
            .toArray();
    Patients patients = new Patients(answers.patients(), answers.labels());
    MersenneTwister random = new MersenneTwister(seed);
    weights.add(Estimate.once(n));
    for (int draw = 0; draw < DRAWS; draw++) {
      weights.add(patients.draw(random).weights());
    }
  }

  /** Weighted counts of the answers at a threshold between two scores. */
  private record Counts(double tp, double fp, double positives, double negatives) {}

  /** From no positive answer to all, an entry for each distinct score. */
  private List<Counts> counts(double[] weight) {
    double positives = 0;
    double negatives = 0;
    for (int i = 0; i < weight.length; i++) {
      positives += positive[i] ? weight[i] : 0;
      negatives += positive[i] ? 0 : weight[i];
    }
    List<Counts> counts = new ArrayList<>(List.of(new Counts(0, 0, positives, negatives)));
    double tp = 0;
    double fp = 0;
    for (int k = 0; k < falling.length; k++) {
      tp += positive[falling[k]] ? weight[falling[k]] : 0;
      fp += positive[falling[k]] ? 0 : weight[falling[k]];
      boolean last = k + 1 == falling.length || scores[falling[k + 1]] != scores[falling[k]];
      if (last) {
        counts.add(new Counts(tp, fp, positives, negatives));
      }
    }
    return counts;
  }

  /** Recall over 1 - specificity, the highest where several thresholds have the same. */
  public List<Point> roc() {
    return grid(
        (counts, x) -> {
          double best = 0;
          for (Counts each : counts) {
            best = each.fp() <= x * each.negatives() + 1e-9 ? each.tp() / each.positives() : best;
          }
          return best;
        });
  }

  /** Precision over recall, the highest of the thresholds that reach it. */
  public List<Point> precisionRecall() {
    return grid(
        (counts, x) -> {
          double best = Double.NaN;
          for (Counts each : counts) {
            if (each.tp() > 0 && each.tp() >= x * each.positives() - 1e-9) {
              double precision = each.tp() / (each.tp() + each.fp());
              best = Double.isNaN(best) || precision > best ? precision : best;
            }
          }
          return best;
        });
  }

  /**
   * Net benefit over the threshold probability: true positives less false ones, these weighed by
   * the odds of the threshold, per image (Vickers and Elkin, "Decision curve analysis", 2006).
   */
  public List<Point> netBenefit() {
    List<Point> points = new ArrayList<>();
    for (int step = 1; step < STEPS; step++) {
      double threshold = (double) step / STEPS;
      points.add(point(threshold, weight -> benefit(threshold, weight)));
    }
    return points;
  }

  private double benefit(double threshold, double[] weight) {
    double sum = 0;
    double all = 0;
    for (int i = 0; i < weight.length; i++) {
      all += weight[i];
      if (scores[i] >= threshold) {
        sum += weight[i] * (positive[i] ? 1 : -threshold / (1 - threshold));
      }
    }
    return sum / all;
  }

  /** The share of positive images, which is the net benefit of treating all at a threshold of 0. */
  public double prevalence() {
    int positives = 0;
    for (boolean each : positive) {
      positives += each ? 1 : 0;
    }
    return (double) positives / positive.length;
  }

  /** A value that a curve has at an abscissa. */
  private interface Curve {
    double at(List<Counts> counts, double x);
  }

  private List<Point> grid(Curve curve) {
    List<List<Counts>> all = weights.stream().map(this::counts).toList();
    List<Point> points = new ArrayList<>();
    for (int step = 0; step <= STEPS; step++) {
      double x = (double) step / STEPS;
      double[] values = all.stream().mapToDouble(counts -> curve.at(counts, x)).toArray();
      points.add(point(x, values));
    }
    return points;
  }

  private Point point(double x, ToDoubleFunction<double[]> value) {
    return point(x, weights.stream().mapToDouble(value).toArray());
  }

  /** The first value is the curve's, the others are the draws'. */
  private static Point point(double x, double[] values) {
    double[] draws =
        Arrays.stream(values).skip(1).filter(value -> !Double.isNaN(value)).sorted().toArray();
    if (draws.length == 0) {
      return new Point(x, values[0], Double.NaN, Double.NaN);
    }
    int low = (int) Math.floor(0.025 * (draws.length - 1));
    int high = (int) Math.ceil(0.975 * (draws.length - 1));
    return new Point(x, values[0], draws[low], draws[high]);
  }
}
