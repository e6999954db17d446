package io.pneuma.evaluation;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The scores on images as if they came from elsewhere, changed in several ways and each in several
 * strengths, beside those on the images as they are.
 *
 * @param kinds by the kind of change its strengths, the weakest first
 * @param scores by the name of each score what becomes of it
 */
public record Shifts(Map<String, List<Step>> kinds, Map<String, Summary> scores) {
  /** The scores that are told. */
  private static final List<String> NAMES =
      List.of("rocAuc", "accuracy", "recall", "specificity", "ece");

  /**
   * The scores at one strength of a change.
   *
   * @param value what the strength stands for
   * @param ci95 low and high end of each score's 95 % confidence interval, by patients
   */
  public record Step(
      int strength,
      double value,
      double rocAuc,
      double accuracy,
      double recall,
      double specificity,
      double ece,
      Map<String, double[]> ci95) {

    /**
     * Measures the answers for images so changed.
     *
     * @param point how the model decides
     * @param seed of the bootstrap's draws
     */
    public static Step of(
        int strength, double value, Answers answers, OperatingPoint point, long seed) {
      Decision decision = point.decision(answers.classes());
      Scores scores = Scores.of(answers.labels(), answers.probabilities(), decision);
      Patients patients = new Patients(answers.patients(), answers.labels());
      Metrics metrics = Metrics.of(scores, answers.size(), decision.threshold());
      return new Step(
          strength,
          value,
          metrics.rocAuc(),
          metrics.accuracy(),
          metrics.recall(),
          metrics.specificity(),
          metrics.ece(),
          new Intervals(scores, patients, Intervals.DRAWS, seed).of(NAMES));
    }

    /** A score by the name of its field. */
    public double get(String name) {
      return switch (name) {
        case "rocAuc" -> rocAuc;
        case "accuracy" -> accuracy;
        case "recall" -> recall;
        case "specificity" -> specificity;
        case "ece" -> ece;
        default -> throw new IllegalArgumentException("no score of shifts: " + name);
      };
    }
  }

  /**
   * What becomes of a score. NaN where it is undefined.
   *
   * @param clean on the images as they are
   * @param mean over all kinds and strengths
   * @param worst of all of them
   * @param meanDrop how much worse the mean is than {@code clean}; negative where it is better
   * @param worstDrop how much worse the worst is
   * @param worstKind the change under which it is worst
   * @param worstStrength the strength at which it is
   */
  public record Summary(
      double clean,
      double mean,
      double worst,
      double meanDrop,
      double worstDrop,
      String worstKind,
      int worstStrength) {}

  /** Sums up what was measured. */
  public static Shifts of(Metrics clean, Map<String, List<Step>> kinds) {
    Map<String, Summary> scores = new LinkedHashMap<>();
    NAMES.forEach(name -> scores.put(name, summary(name, clean.get(name), kinds)));
    return new Shifts(kinds, scores);
  }

  /** The scores that are told. */
  public static List<String> names() {
    return NAMES;
  }

  private static Summary summary(String name, double clean, Map<String, List<Step>> kinds) {
    List<Step> all = new ArrayList<>();
    kinds.values().forEach(all::addAll);
    double mean = mean(name, all);
    double worst = worst(name, all);
    double sign = isLessBetter(name) ? -1 : 1;
    for (Map.Entry<String, List<Step>> kind : kinds.entrySet()) {
      for (Step step : kind.getValue()) {
        if (step.get(name) == worst) {
          return new Summary(
              clean,
              mean,
              worst,
              sign * (clean - mean),
              sign * (clean - worst),
              kind.getKey(),
              step.strength());
        }
      }
    }
    return new Summary(clean, mean, worst, Double.NaN, Double.NaN, "", 0);
  }

  /** The mean of a score over some strengths. */
  public static double mean(String name, List<Step> steps) {
    return steps.stream().mapToDouble(step -> step.get(name)).average().orElse(Double.NaN);
  }

  /** The worst of a score over some strengths; NaN where one is undefined. */
  public static double worst(String name, List<Step> steps) {
    return steps.stream()
        .mapToDouble(step -> step.get(name))
        .reduce(isLessBetter(name) ? Math::max : Math::min)
        .orElse(Double.NaN);
  }

  private static boolean isLessBetter(String name) {
    return name.equals("ece");
  }
}
