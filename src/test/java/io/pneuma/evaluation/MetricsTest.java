package io.pneuma.evaluation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.pneuma.evaluation.Metrics.Confusion;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.Test;

class MetricsTest {
  private static final double EXACT = 1e-12;

  /** Four positives (0.9 0.8 0.5 0.2), six negatives (0.7 0.5 0.4 0.3 0.2 0.1). */
  private static final int[] LABELS = {1, 1, 1, 1, 0, 0, 0, 0, 0, 0};

  private static final double[][] PROBABILITIES =
      two(0.9, 0.8, 0.5, 0.2, 0.7, 0.5, 0.4, 0.3, 0.2, 0.1);

  private final Metrics metrics = Metrics.of(LABELS, PROBABILITIES, Decision.at(1));

  @Test
  void countsAnswersAtOneHalfAsPositive() {
    assertEquals(new Confusion(3, 2, 4, 1), metrics.confusion());
    assertEquals(10, metrics.n());
    assertEquals(4, metrics.positive());
    assertEquals(0.5, metrics.threshold());
  }

  @Test
  void givesTheRatiosOfTheConfusion() {
    assertEquals(7 / 10.0, metrics.accuracy(), EXACT);
    assertEquals(3 / 5.0, metrics.precision(), EXACT);
    assertEquals(3 / 4.0, metrics.recall(), EXACT);
    assertEquals(4 / 6.0, metrics.specificity(), EXACT);
    assertEquals(6 / 9.0, metrics.f1(), EXACT);
    assertEquals((3 / 4.0 + 4 / 6.0) / 2, metrics.balancedAccuracy(), EXACT);
  }

  @Test
  void countsPairsForTheRocAuc() {
    // 0.9 and 0.8 beat all six; 0.5 beats 0.4 0.3 0.2 0.1 and ties 0.5; 0.2 beats 0.1, ties 0.2.
    assertEquals((6 + 6 + 4.5 + 1.5) / 24, metrics.rocAuc(), EXACT);
  }

  @Test
  void sumsPrecisionOverRecallForThePrAuc() {
    // Recall grows by 1/4 at 0.9 (1 of 1), 0.8 (2 of 2), 0.5 (3 of 5, the tie counted whole) and
    // 0.2 (4 of 9, likewise).
    assertEquals((1 + 1 + 3 / 5.0 + 4 / 9.0) / 4, metrics.prAuc(), EXACT);
  }

  @Test
  void agreesWithTheExampleOfScikitLearn() {
    // average_precision_score and roc_auc_score of y = 0 0 1 1, scores = 0.1 0.4 0.35 0.8.
    Metrics example = Metrics.of(new int[] {0, 0, 1, 1}, two(0.1, 0.4, 0.35, 0.8), Decision.at(1));
    assertEquals(0.83333333, example.prAuc(), 1e-8);
    assertEquals(0.75, example.rocAuc(), EXACT);
  }

  @Test
  void weighsEachBinsGapByItsShare() {
    // Confidences 0.9 0.9 | 0.8 0.8 0.8 | 0.7 0.7 | 0.6 | 0.5 0.5 fall into bins of their own.
    double gap09 = Math.abs(0.9 - 1); // both right
    double gap08 = Math.abs(0.8 - 2 / 3.0); // positive 0.8, negative 0.2 right; positive 0.2 wrong
    double gap07 = Math.abs(0.7 - 0.5); // negative 0.7 wrong, negative 0.3 right
    double gap06 = Math.abs(0.6 - 1); // negative 0.4 right
    double gap05 = Math.abs(0.5 - 0.5); // positive right, negative wrong
    assertEquals(
        0.2 * gap09 + 0.3 * gap08 + 0.2 * gap07 + 0.1 * gap06 + 0.2 * gap05, metrics.ece(), EXACT);
  }

  @Test
  void zerosOfEitherSignTie() {
    double[][] zeros = {{1, 0.0}, {1, -0.0}};
    assertEquals(0.5, Metrics.of(new int[] {1, 0}, zeros, Decision.at(1)).rocAuc());
    assertEquals(0.5, Metrics.of(new int[] {1, 0}, zeros, Decision.at(1)).prAuc());
  }

  @Test
  void takesEitherClassAsThePositiveOne() {
    double[][] swapped = new double[LABELS.length][];
    int[] labels = new int[LABELS.length];
    for (int i = 0; i < labels.length; i++) {
      labels[i] = 1 - LABELS[i];
      swapped[i] = new double[] {PROBABILITIES[i][1], PROBABILITIES[i][0]};
    }
    assertEquals(metrics, Metrics.of(labels, swapped, Decision.at(0)));
  }

  @Test
  void aPerfectScorerIsPerfect() {
    Metrics perfect = Metrics.of(new int[] {0, 1, 1}, two(0, 1, 1), Decision.at(1));
    for (String name : Metrics.names()) {
      boolean error = name.equals("ece") || name.equals("brier");
      assertEquals(error ? 0 : 1, perfect.get(name), EXACT, name);
    }
  }

  @Test
  void anInvertedScorerIsAlwaysWrong() {
    Metrics inverted = Metrics.of(new int[] {0, 1, 1}, two(1, 0, 0), Decision.at(1));
    for (String name :
        List.of("accuracy", "precision", "recall", "specificity", "f1", "balancedAccuracy")) {
      assertEquals(0, inverted.get(name), EXACT, name);
    }
    assertEquals(0, inverted.rocAuc(), EXACT);
    assertEquals(
        (1 / 2.0 + 2 / 3.0) / 2,
        Metrics.of(new int[] {0, 1, 1}, two(1, .2, .1), Decision.at(1)).prAuc(),
        EXACT);
    assertEquals(1, inverted.ece(), EXACT);
  }

  @Test
  void aConstantScorerKnowsNothing() {
    Metrics constant = Metrics.of(new int[] {0, 1, 0, 0}, two(0.3, 0.3, 0.3, 0.3), Decision.at(1));
    assertEquals(0.5, constant.rocAuc(), EXACT);
    assertEquals(0.25, constant.prAuc(), EXACT);
    assertEquals(Double.NaN, constant.precision());
    assertEquals(0, constant.f1(), EXACT);
    assertEquals(0.05, constant.ece(), EXACT);
  }

  @Test
  void whatAnAbsentClassLeavesUndefinedIsNaN() {
    Metrics healthy = Metrics.of(new int[] {0, 0}, two(0.1, 0.2), Decision.at(1));
    for (String name :
        List.of("precision", "recall", "f1", "balancedAccuracy", "rocAuc", "prAuc")) {
      assertEquals(Double.NaN, healthy.get(name), name);
    }
    assertEquals(1, healthy.accuracy());
    assertEquals(1, healthy.specificity());
    Metrics ill = Metrics.of(new int[] {1, 1}, two(0.1, 0.2), Decision.at(1));
    assertEquals(Double.NaN, ill.rocAuc());
    assertEquals(Double.NaN, ill.specificity());
    assertEquals(1, ill.prAuc(), EXACT);
  }

  @Test
  void withMoreClassesTheGreatestProbabilityDecides() {
    int[] labels = {0, 1, 2, 2, 1};
    double[][] probabilities = {
      {0.6, 0.2, 0.2}, {0.3, 0.4, 0.3}, {0.1, 0.45, 0.45}, {0.1, 0.1, 0.8}, {0.2, 0.3, 0.5}
    };
    Metrics three = Metrics.of(labels, probabilities, Decision.at(2));
    assertEquals(3 / 5.0, three.accuracy(), EXACT); // The third is a tie, which the first wins.
    assertEquals(new Confusion(1, 1, 2, 1), three.confusion());
    assertEquals(2, three.positive());
    assertEquals(5 / 6.0, three.rocAuc(), EXACT);
    assertEquals(Double.NaN, three.threshold());
  }

  @Test
  void meansTheLogarithms() {
    double[][] probabilities = two(0.75, 0.5, 0);
    assertEquals(
        -(Math.log(0.75) + Math.log(0.5) + Math.log(1)) / 3,
        Metrics.logLoss(new int[] {1, 1, 0}, probabilities),
        EXACT);
    assertEquals(-Math.log(1e-15), Metrics.logLoss(new int[] {1}, two(0)), EXACT);
  }

  @Test
  void refusesWhatIsNoProbability() {
    for (double wrong : new double[] {Double.NaN, -0.1, 1.1, Double.POSITIVE_INFINITY}) {
      double[][] probabilities = {{1, 0}, {0.5, wrong}};
      DivergedException failure =
          assertThrows(
              DivergedException.class,
              () -> Metrics.of(new int[] {0, 1}, probabilities, Decision.at(1)));
      assertEquals(
          "the model has diverged: its probability of class 1 for image 1 is "
              + wrong
              + ", expected 0 to 1; lower training.learningRate",
          failure.getMessage());
      assertThrows(DivergedException.class, () -> Metrics.logLoss(new int[] {0, 1}, probabilities));
    }
  }

  @Test
  void refusesInputThatDoesNotFitTogether() {
    double[][] one = two(0.5);
    refuses(new int[] {}, new double[][] {}, 0);
    refuses(new int[] {0, 1}, one, 0);
    refuses(new int[] {2}, one, 0);
    refuses(new int[] {-1}, one, 0);
    refuses(new int[] {0}, one, 2);
    refuses(new int[] {0, 0}, new double[][] {{0.5, 0.5}, {1}}, 0);
  }

  private static void refuses(int[] labels, double[][] probabilities, int positiveClass) {
    assertThrows(
        IllegalArgumentException.class,
        () -> Metrics.of(labels, probabilities, Decision.at(positiveClass)));
  }

  @Test
  void anUnknownNameListsTheKnownOnes() {
    String message =
        assertThrows(IllegalArgumentException.class, () -> metrics.get("auc")).getMessage();
    assertTrue(message.startsWith("unknown metric auc; known: [accuracy, "), message);
  }

  @Test
  void jsonHasTheFieldsThatScriptsRelyOn() {
    JsonNode json = new ObjectMapper().valueToTree(metrics);
    List<String> names = new ArrayList<>();
    json.fieldNames().forEachRemaining(names::add);
    assertEquals(
        List.of(
            "n",
            "positive",
            "accuracy",
            "precision",
            "recall",
            "specificity",
            "npv",
            "f1",
            "balancedAccuracy",
            "mcc",
            "rocAuc",
            "prAuc",
            "brier",
            "ece",
            "threshold",
            "confusion"),
        names);
    assertEquals("{\"tp\":3,\"fp\":2,\"tn\":4,\"fn\":1}", json.get("confusion").toString());
  }

  private static double[][] two(double... positive) {
    return DoubleStream.of(positive)
        .mapToObj(p -> new double[] {1 - p, p})
        .toArray(double[][]::new);
  }
}
