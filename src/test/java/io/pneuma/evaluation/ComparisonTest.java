package io.pneuma.evaluation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pneuma.evaluation.Comparison.Difference;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ComparisonTest {
  private static final Decision POSITIVE = Decision.at(1);

  private static Comparison compare(Answers first, Answers second) {
    return Comparison.of(first, POSITIVE, second, POSITIVE, 1);
  }

  /** The made-up answers, half of them and half of other numbers by the same formula. */
  private static Answers blurred(Answers answers) {
    long state = 99;
    double[][] probabilities = new double[answers.size()][];
    for (int i = 0; i < probabilities.length; i++) {
      state = (1103515245 * state + 12345) % 2147483648L;
      double other = 0.5 * answers.probabilities()[i][1] + 0.5 * (state / 2147483648.0);
      double p = Math.rint(100 * other) / 100;
      probabilities[i] = new double[] {1 - p, p};
    }
    return new Answers(answers.classes(), answers.patients(), answers.labels(), probabilities);
  }

  @Test
  void agreesWithNumPyAndSciPy() { // DeLong by its definition, binom_test
    Answers made = MadeUpAnswers.ofTwoClasses();
    Comparison comparison = compare(made, blurred(made));
    Difference auc = comparison.differences().get("rocAuc");
    assertEquals(0.0992063492063493, auc.value(), 1e-6);
    assertEquals(0.15155598837938378, auc.p(), 1e-6);
    assertEquals(2 * 1.959963984540054 * 0.06917880322104313, auc.high() - auc.low(), 1e-6);
    assertEquals(10, comparison.onlyFirst());
    assertEquals(8, comparison.onlySecond());
    assertEquals(0.8145294189453125, comparison.mcnemar(), 1e-6);
    assertEquals(1.9431114196777344e-05, Comparison.mcnemar(2, 23), 1e-12);
    assertEquals(0.052478790283203125, Comparison.mcnemar(16, 6), 1e-12);
  }

  @Test
  void equalAnswersDifferInNothing() {
    Answers made = MadeUpAnswers.ofTwoClasses();
    Comparison comparison = compare(made, made);
    assertEquals(1, comparison.mcnemar());
    comparison
        .differences()
        .forEach((name, difference) -> assertEquals(new Difference(0, 0, 0, 1), difference, name));
  }

  @Test
  void theOtherWayRoundTheSignTurns() {
    Answers made = MadeUpAnswers.ofTwoClasses();
    Comparison one = compare(made, blurred(made));
    Comparison other = compare(blurred(made), made);
    one.differences()
        .forEach(
            (name, difference) -> {
              Difference turned = other.differences().get(name);
              assertEquals(-difference.value(), turned.value(), 1e-12, name);
              assertEquals(-difference.low(), turned.high(), 0.01, name);
            });
  }

  @Test
  void otherImagesAreRefused() {
    Answers made = MadeUpAnswers.ofTwoClasses();
    int[] labels = made.labels().clone();
    labels[0] = 1 - labels[0];
    Answers other = new Answers(made.classes(), made.patients(), labels, made.probabilities());
    assertThrows(IllegalArgumentException.class, () -> compare(made, other));
  }

  @Test
  void modelsThatAreAlikeAreRarelyToldApart() {
    int trials = 300;
    int auc = 0;
    int brier = 0;
    int answers = 0;
    for (int trial = 0; trial < trials; trial++) {
      SplittableRandom random = new SplittableRandom(trial);
      List<String> patients = new ArrayList<>();
      List<Integer> labels = new ArrayList<>();
      List<double[]> first = new ArrayList<>();
      List<double[]> second = new ArrayList<>();
      for (int patient = 0; patient < 80; patient++) {
        int label = random.nextDouble() < 0.4 ? 1 : 0;
        double common = 1.6 * label - 0.8 + random.nextGaussian();
        for (int image = random.nextInt(1, 4); image > 0; image--) {
          patients.add("p" + patient);
          labels.add(label);
          first.add(row(common + 0.7 * random.nextGaussian()));
          second.add(row(common + 0.7 * random.nextGaussian()));
        }
      }
      int[] truth = labels.stream().mapToInt(Integer::intValue).toArray();
      List<String> classes = List.of("well", "ill");
      Comparison comparison =
          compare(
              new Answers(classes, patients, truth, first.toArray(double[][]::new)),
              new Answers(classes, patients, truth, second.toArray(double[][]::new)));
      auc += comparison.differences().get("rocAuc").p() < 0.05 ? 1 : 0;
      brier += comparison.differences().get("brier").p() < 0.05 ? 1 : 0;
      answers += comparison.mcnemar() < 0.05 ? 1 : 0;
    }
    // Expected 15, with a standard error below 4; McNemar's exact test rejects less often.
    assertTrue(auc >= 5 && auc <= 30, "rocAuc " + auc);
    assertTrue(brier >= 5 && brier <= 30, "brier " + brier);
    assertTrue(answers <= 25, "answers " + answers);
  }

  private static double[] row(double logit) {
    double p = 1 / (1 + Math.exp(-logit));
    return new double[] {1 - p, p};
  }

  @Test
  void holmRaisesTheSmallestMost() { // By hand: 0.01 x 3, 0.02 x 2, 0.04; never falling.
    List<Double> raised = Comparison.holm(List.of(0.04, 0.01, 0.02));
    assertEquals(List.of(0.04, 0.03, 0.04), raised);
    assertEquals(List.of(1.0, 1.0), Comparison.holm(List.of(0.6, 0.7)));
    assertTrue(
        IntStream.range(0, 3).allMatch(i -> raised.get(i) >= List.of(0.04, 0.01, 0.02).get(i)));
  }
}
