package io.pneuma.evaluation;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.pneuma.evaluation.Calibration.BrierParts;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class MeasurementTest {
  private static final double CLOSE = 1e-6;

  private static Measurement measure(Answers answers, String positive) {
    return Measurement.of(answers, new OperatingPoint(positive, 0.5, "0.5", 1, null), 1);
  }

  private final Measurement two = measure(MadeUpAnswers.ofTwoClasses(), "ill");
  private final Measurement three = measure(MadeUpAnswers.ofThreeClasses(), null);

  private static void agrees(Map<String, Double> expected, Metrics metrics) {
    expected.forEach((name, value) -> assertEquals(value, metrics.get(name), CLOSE, name));
  }

  @Test
  void agreesWithScikitLearn() { // 1.2.1
    agrees(
        Map.of(
            "accuracy", 0.7166666666666667,
            "precision", 0.5217391304347826,
            "recall", 0.6666666666666666,
            "specificity", 0.7380952380952381,
            "npv", 0.8378378378378378,
            "f1", 0.5853658536585366,
            "balancedAccuracy", 0.7023809523809523,
            "mcc", 0.38150105974497217),
        two.metrics());
    agrees(
        Map.of(
            "rocAuc", 0.8710317460317459,
            "prAuc", 0.7949427933834627,
            "brier", 0.14669333333333331),
        two.metrics());
  }

  @Test
  void agreesWithScikitLearnOnClassesThatCountAlike() { // 1.2.1, average="macro"
    agrees(
        Map.of(
            "accuracy", 0.7166666666666667,
            "precision", 0.7152882205513785,
            "recall", 0.7142857142857143,
            "f1", 0.7144740559374706,
            "balancedAccuracy", 0.7142857142857143,
            "mcc", 0.5747080466289624,
            "rocAuc", 0.8913308913308914,
            "prAuc", 0.8283689588605859,
            "brier", 0.4261291174880912),
        three.metrics());
    assertEquals(
        Map.of(
            "a", Map.of("a", 16, "b", 2, "c", 3),
            "b", Map.of("a", 2, "b", 15, "c", 4),
            "c", Map.of("a", 2, "b", 4, "c", 12)),
        three.confusionMatrix());
    assertNull(three.metrics().positive());
    assertEquals(three.metrics().rocAuc(), three.macro().rocAuc());
    double mean =
        three.perClass().values().stream()
            .mapToDouble(Measurement.ClassScores::rocAuc)
            .average()
            .orElseThrow();
    assertEquals(three.metrics().rocAuc(), mean, 1e-12);
  }

  @Test
  void wilsonsIntervalIsThePublishedOne() {
    // Newcombe, "Two-sided confidence intervals for the single proportion", 1998, table I, method
    // 3.
    assertArrayEquals(new double[] {0.2553, 0.3662}, Intervals.wilson(81 / 263.0, 263), 5e-5);
    assertArrayEquals(new double[] {0, 0.1611}, Intervals.wilson(0, 20), 5e-5);
    assertArrayEquals(new double[] {0.0061, 0.1718}, Intervals.wilson(1 / 29.0, 29), 5e-5);
  }

  @Test
  void singlePatientsGetWilsonsIntervalItself() {
    assertArrayEquals(Intervals.wilson(43 / 60.0, 60), two.ci95().get("accuracy"), 1e-12);
    assertArrayEquals(Intervals.wilson(12 / 18.0, 18), two.ci95().get("recall"), 1e-12);
    assertArrayEquals(Intervals.wilson(31 / 42.0, 42), two.ci95().get("specificity"), 1e-12);
    assertArrayEquals(Intervals.wilson(31 / 37.0, 37), two.ci95().get("npv"), 1e-12);
  }

  @Test
  void rocAucHasDeLongsVariance() {
    // By their definition in NumPy: 0.0021690059643249045; logit, Student with 36.8355 degrees.
    assertArrayEquals(
        new double[] {0.7445886516876566, 0.9399284691050293}, two.ci95().get("rocAuc"), CLOSE);
  }

  @Test
  void aPatientRepeatedTellsNothingNew() {
    Answers once = MadeUpAnswers.ofTwoClasses();
    int n = once.size();
    int[] labels = new int[3 * n];
    double[][] probabilities = new double[3 * n][];
    for (int i = 0; i < labels.length; i++) {
      labels[i] = once.labels()[i % n];
      probabilities[i] = once.probabilities()[i % n];
    }
    List<String> patients = IntStream.range(0, 3 * n).mapToObj(i -> "p" + i % n).toList();
    Measurement thrice =
        measure(new Answers(once.classes(), patients, labels, probabilities), "ill");
    assertEquals(two.metrics().rocAuc(), thrice.metrics().rocAuc(), 1e-12);
    assertEquals(n, thrice.patients());
    for (String name : List.of("accuracy", "recall", "rocAuc", "brier", "prAuc", "f1")) {
      double[] single = two.ci95().get(name);
      double[] clustered = thrice.ci95().get(name);
      double ratio = (clustered[1] - clustered[0]) / (single[1] - single[0]);
      assertTrue(ratio > 0.9 && ratio < 1.15, name + ": " + ratio);
    }
  }

  @Test
  void everyScoreLiesInItsInterval() {
    for (Measurement each : List.of(two, three)) {
      each.ci95()
          .forEach(
              (name, ends) -> {
                double value = each.metrics().get(name);
                assertTrue(ends[0] <= value && value <= ends[1], name + " " + value);
                assertTrue(ends[0] < ends[1], name);
              });
      assertEquals(Metrics.names(), List.copyOf(each.ci95().keySet()));
    }
  }

  @Test
  void brierPartsSumToTheScore() {
    BrierParts parts = two.brierParts();
    assertEquals(
        two.metrics().brier(),
        parts.reliability() - parts.resolution() + parts.uncertainty(),
        1e-12);
    assertEquals(0.3 * 0.7, parts.uncertainty(), 1e-12);
    assertEquals(60, two.reliability().stream().mapToInt(Calibration.Bin::n).sum());
  }

  @Test
  void theSeedAloneDecidesTheDraws() {
    Measurement again = measure(MadeUpAnswers.ofTwoClasses(), "ill");
    assertArrayEquals(two.ci95().get("brier"), again.ci95().get("brier"));
    OperatingPoint point = new OperatingPoint("ill", 0.5, "0.5", 1, null);
    double[] other = Measurement.of(MadeUpAnswers.ofTwoClasses(), point, 2).ci95().get("brier");
    assertTrue(other[0] != two.ci95().get("brier")[0]);
    assertEquals(other[0], two.ci95().get("brier")[0], 0.01);
  }

  @Test
  void scoresAtOneHalfStandBesideThoseAtTheThreshold() {
    OperatingPoint low = new OperatingPoint("ill", 0.4, "youden", 1, null);
    Measurement measured = Measurement.of(MadeUpAnswers.ofTwoClasses(), low, 1);
    assertEquals(two.metrics(), measured.at05());
    assertEquals(0.4, measured.metrics().threshold());
    assertEquals(1, measured.metrics().recall());
  }

  @Test
  void jsonIsReadAsItWasWritten() throws Exception {
    ObjectMapper mapper = new ObjectMapper();
    JsonNode json = mapper.valueToTree(two);
    assertEquals(60, json.get("n").asInt());
    assertEquals(two.ci95().get("rocAuc")[0], json.at("/ci95/rocAuc/0").asDouble());
    assertEquals(json, mapper.valueToTree(mapper.treeToValue(json, Measurement.class)));
  }

  @Test
  void aSubgroupIsMeasuredAsItsImagesAlone() {
    Answers answers = MadeUpAnswers.ofTwoClasses();
    List<String> sex = IntStream.range(0, 60).mapToObj(i -> i < 40 ? "F" : "").toList();
    List<String> ill =
        Arrays.stream(answers.labels()).mapToObj(label -> label == 1 ? "yes" : "no").toList();
    OperatingPoint point = new OperatingPoint("ill", 0.4, "0.4", 1, null);
    Map<String, Map<String, Subgroup>> subgroups =
        Subgroup.of(answers, Map.of("sex", sex, "ill", ill), point, 1);
    assertEquals(Set.of("F"), subgroups.get("sex").keySet());
    Subgroup women = subgroups.get("sex").get("F");
    Answers alone =
        new Answers(
            answers.classes(),
            answers.patients().subList(0, 40),
            Arrays.copyOf(answers.labels(), 40),
            Arrays.copyOf(answers.probabilities(), 40));
    Measurement measured = Measurement.of(alone, point, 1);
    for (String name : Subgroup.SCORES) {
      assertEquals(measured.metrics().get(name), women.score(name), name);
      assertArrayEquals(measured.ci95().get(name), women.ci95().get(name), name);
    }
    Subgroup sick = subgroups.get("ill").get("yes");

    assertTrue(sick.recall() > 0 && Double.isNaN(sick.specificity()));
    assertTrue(Double.isNaN(sick.rocAuc()) && !sick.ci95().containsKey("rocAuc"));
  }
}
