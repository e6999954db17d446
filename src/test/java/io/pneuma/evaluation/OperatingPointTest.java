package io.pneuma.evaluation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pneuma.config.Recipe.Evaluation;
import io.pneuma.config.Recipe.ThresholdRule;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class OperatingPointTest {
  private static final Answers MADE_UP = MadeUpAnswers.ofTwoClasses();

  private static double threshold(ThresholdRule rule) {
    Evaluation recipe = new Evaluation(rule, false, OptionalDouble.empty(), Optional.empty(), 1);
    return OperatingPoint.choose(MADE_UP, OptionalInt.of(1), recipe, 1).threshold();
  }

  private static Metrics at(double threshold) {
    return Metrics.of(MADE_UP.labels(), MADE_UP.probabilities(), Decision.at(1).at(threshold));
  }

  @Test
  void youdenIsTheOneOfTheRocCurve() { // scikit-learn's roc_curve: 0.4 with 1 and 16/42
    double threshold = threshold(new ThresholdRule.Youden());
    assertTrue(threshold <= 0.4 && threshold > 0.39 - 1e-9, "" + threshold);
    assertEquals(1, at(threshold).recall());
    assertEquals(26 / 42.0, at(threshold).specificity(), 1e-12);
  }

  @Test
  void noOtherThresholdIsBetterAtWhatTheRuleWants() {
    Metrics sensitive = at(threshold(new ThresholdRule.Sensitivity(0.9)));
    Metrics specific = at(threshold(new ThresholdRule.Specificity(0.9)));
    Metrics cheap = at(threshold(new ThresholdRule.Cost(1, 3)));
    assertTrue(sensitive.recall() >= 0.9 && specific.specificity() >= 0.9);
    for (int percent = 0; percent <= 100; percent++) {
      Metrics other = at(percent / 100.0);
      if (other.recall() >= 0.9) {
        assertTrue(other.specificity() <= sensitive.specificity());
      }
      if (other.specificity() >= 0.9) {
        assertTrue(other.recall() <= specific.recall());
      }
      assertTrue(cost(cheap) <= cost(other));
    }
  }

  private static double cost(Metrics metrics) {
    return metrics.confusion().fp() + 3.0 * metrics.confusion().fn();
  }

  @Test
  void equalThresholdsGiveWayToOneHalf() {
    Answers apart =
        new Answers(
            List.of("a", "b"),
            List.of("p", "q"),
            new int[] {0, 1},
            new double[][] {{.9, .1}, {.1, .9}});
    Evaluation recipe =
        new Evaluation(
            new ThresholdRule.Youden(), false, OptionalDouble.empty(), Optional.empty(), 1);
    assertEquals(0.5, OperatingPoint.choose(apart, OptionalInt.of(1), recipe, 1).threshold());
  }

  @Test
  void temperatureUndoesWhatLogitsWereMultipliedBy() {
    SplittableRandom random = new SplittableRandom(1);
    int n = 20_000;
    int[] labels = new int[n];
    double[][] probabilities = new double[n][];
    for (int i = 0; i < n; i++) {
      double logit = 2 * random.nextGaussian();
      labels[i] = random.nextDouble() < 1 / (1 + Math.exp(-logit)) ? 1 : 0;
      double p = 1 / (1 + Math.exp(-2.5 * logit));
      probabilities[i] = new double[] {1 - p, p};
    }
    List<String> patients = IntStream.range(0, n).mapToObj(i -> "p" + i).toList();
    Answers bold = new Answers(List.of("a", "b"), patients, labels, probabilities);
    assertEquals(2.5, Temperature.fit(bold), 0.1);
  }

  @Test
  void temperatureIsThatOfAnotherMinimiser() {
    // SciPy's minimize_scalar over the probabilities clipped to 0.01 and 0.99: 0.6112336963558749.
    double[][] clipped = new double[MADE_UP.size()][];
    for (int i = 0; i < clipped.length; i++) {
      double p = Math.min(0.99, Math.max(0.01, MADE_UP.probabilities()[i][1]));
      clipped[i] = new double[] {1 - p, p};
    }
    Answers answers = new Answers(MADE_UP.classes(), MADE_UP.patients(), MADE_UP.labels(), clipped);
    assertEquals(0.6112336963558749, Temperature.fit(answers), 1e-6);
  }

  @Test
  void setsHoldTheTruthOfEachClassAsOftenAsAsked() {
    SplittableRandom random = new SplittableRandom(3);
    double[] held = new double[2];
    double[] all = new double[2];
    for (int trial = 0; trial < 400; trial++) {
      Conformal sets = Conformal.fit(draw(150, random), 0.9);
      Answers fresh = draw(100, random);
      for (int i = 0; i < fresh.size(); i++) {
        int label = fresh.labels()[i];
        List<String> set = sets.set(fresh.classes(), fresh.probabilities()[i]);
        held[label] += set.contains(fresh.classes().get(label)) ? 1 : 0;
        all[label]++;
      }
    }
    for (int label = 0; label < 2; label++) { // At least 0.9, at most 1 / (n + 1) more.
      assertEquals(0.905, held[label] / all[label], 0.02, "class " + label);
    }
  }

  private static Answers draw(int n, SplittableRandom random) {
    List<String> patients = new ArrayList<>();
    int[] labels = new int[n];
    double[][] probabilities = new double[n][];
    for (int i = 0; i < n; i++) {
      labels[i] = random.nextDouble() < 0.25 ? 1 : 0;
      double p = 1 / (1 + Math.exp(-3 * (labels[i] - 0.7) - random.nextGaussian()));
      probabilities[i] = new double[] {1 - p, p};
      patients.add("p" + i);
    }
    return new Answers(List.of("a", "b"), patients, labels, probabilities);
  }

  @Test
  void aClassOfTooFewImagesIsInEverySet() {
    Answers few =
        new Answers(
            List.of("a", "b"),
            List.of("p", "q"),
            new int[] {0, 1},
            new double[][] {{.9, .1}, {.1, .9}});
    Conformal sets = Conformal.fit(few, 0.9);
    assertEquals(List.of("a", "b"), sets.set(few.classes(), new double[] {1, 0}));
    Conformal.Outcome outcome = sets.outcome(few);
    assertEquals(1, outcome.coverage());
    assertEquals(1, outcome.undecided());
  }
}
