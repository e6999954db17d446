package io.pneuma.evaluation;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Prediction sets that hold the true class with a chosen probability, whichever class that is:
 * class-conditional split conformal prediction (Vovk, "Conditional validity of inductive conformal
 * predictors", 2012; Angelopoulos and Bates, "Conformal prediction: a gentle introduction", 2023,
 * section 4.2) with the score 1 - p of the class. It holds for new images that are exchangeable
 * with the calibration images; images of another day or machine are not.
 *
 * @param coverage chance with which a set holds the true class
 * @param quantiles for each class the largest score with which it is in the set; 1, which takes it
 *     into every set, where the class had too few calibration images for this coverage
 */
public record Conformal(double coverage, Map<String, Double> quantiles) {

  /**
   * Calibrates on images that the model was not trained on. The quantile of a class of n images is
   * its ceil((n + 1) coverage)-th smallest score.
   */
  public static Conformal fit(Answers answers, double coverage) {
    Map<String, Double> quantiles = new LinkedHashMap<>();
    for (int label = 0; label < answers.classes().size(); label++) {
      List<Double> scores = new ArrayList<>();
      for (int i = 0; i < answers.size(); i++) {
        if (answers.labels()[i] == label) {
          scores.add(1 - answers.probabilities()[i][label]);
        }
      }
      double[] sorted = scores.stream().mapToDouble(Double::doubleValue).sorted().toArray();
      // Rounding must not take (n + 1) coverage beyond a whole number.
      int rank = (int) Math.ceil((sorted.length + 1) * coverage - 1e-9);
      quantiles.put(
          answers.classes().get(label), rank > sorted.length ? 1 : sorted[Math.max(0, rank - 1)]);
    }
    return new Conformal(coverage, quantiles);
  }

  /**
   * The classes that no answer rules out, since too few images of theirs calibrated them: with all
   * but one such class, every answer is undecided.
   */
  public List<String> neverRuledOut() {
    return quantiles.entrySet().stream()
        .filter(quantile -> quantile.getValue() >= 1)
        .map(Map.Entry::getKey)
        .toList();
  }

  /** The classes that these probabilities do not rule out; none or several mean undecided. */
  public List<String> set(List<String> classes, double[] probabilities) {
    List<String> set = new ArrayList<>();
    for (int label = 0; label < probabilities.length; label++) {
      if (1 - probabilities[label] <= quantiles.get(classes.get(label))) {
        set.add(classes.get(label));
      }
    }
    return set;
  }

  /**
   * How the sets did.
   *
   * @param coverage share of the images whose set held the true class
   * @param undecided share of the images whose set was not of one class
   * @param perClass coverage of each class's images; NaN without any
   */
  public record Outcome(double coverage, double undecided, Map<String, Double> perClass) {}

  /** How the sets do on labelled images. */
  public Outcome outcome(Answers answers) {
    int classes = answers.classes().size();
    double[] held = new double[classes];
    double[] all = new double[classes];
    int undecided = 0;
    for (int i = 0; i < answers.size(); i++) {
      List<String> set = set(answers.classes(), answers.probabilities()[i]);
      int label = answers.labels()[i];
      all[label]++;
      held[label] += set.contains(answers.classes().get(label)) ? 1 : 0;
      undecided += set.size() == 1 ? 0 : 1;
    }
    Map<String, Double> perClass = new LinkedHashMap<>();
    for (int label = 0; label < classes; label++) {
      perClass.put(answers.classes().get(label), held[label] / all[label]);
    }
    double share = Arrays.stream(held).sum() / answers.size();
    return new Outcome(share, (double) undecided / answers.size(), perClass);
  }
}
