package io.pneuma.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pneuma.evaluation.Answers;
import io.pneuma.evaluation.Measurement;
import io.pneuma.evaluation.OperatingPoint;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class MetricsTableTest {
  private static Measurement measured(
      List<String> classes, String positive, int[] labels, double[][] probabilities) {
    List<String> patients = IntStream.range(0, labels.length).mapToObj(i -> "p" + i).toList();
    Answers answers = new Answers(classes, patients, labels, probabilities);
    return Measurement.of(answers, point(positive), 1);
  }

  private static OperatingPoint point(String positive) {
    return new OperatingPoint(positive, 0.5, "0.5", 1, null);
  }

  private static Measurement two() {
    // Positive: 0.9 and 0.4, negative: 0.2. One of two positives is missed.
    return measured(
        List.of("NORMAL", "PNEUMONIA"),
        "PNEUMONIA",
        new int[] {1, 1, 0},
        new double[][] {{.1, .9}, {.6, .4}, {.8, .2}});
  }

  @Test
  void hasARowForEachMetricAndAColumnForEachSplit() {
    Map<String, Measurement> splits = new LinkedHashMap<>();
    splits.put("validation", two());
    splits.put("test", two());
    List<String> lines =
        MetricsTable.of(splits, List.of("NORMAL", "PNEUMONIA"), point("PNEUMONIA"))
            .lines()
            .toList();
    assertEquals(
        List.of(
            "split                               validation                      test",
            "n                                            3                         3",
            "patients                                     3                         3",
            "positive (PNEUMONIA)                         2                         2",
            "accuracy               0.6667 [0.2077, 0.9385]   0.6667 [0.2077, 0.9385]",
            "precision              1.0000 [0.2065, 1.0000]   1.0000 [0.2065, 1.0000]",
            "recall                 0.5000 [0.0945, 0.9055]   0.5000 [0.0945, 0.9055]"),
        lines.subList(0, 7));
    assertEquals(
        "tp/fn/fp/tn                            1/1/0/1                   1/1/0/1",
        lines.get(lines.size() - 1));
    assertTrue(lines.stream().allMatch(line -> line.length() <= 80));
  }

  @Test
  void tellsWhatIsOfThreeClassesFromWhatIsOfOneAgainstTheRest() {
    List<String> lines =
        MetricsTable.of(Map.of("test", three("a")), ABC, point("a")).lines().toList();
    int all = lines.indexOf("all 3 classes:");
    int one = lines.indexOf("a against the rest:");
    assertTrue(lines.get(all + 1).startsWith("  accuracy"), lines::toString);
    assertTrue(lines.get(all + 1).contains(" 0.6667 ["), lines::toString); // c is taken for b.
    assertEquals(all + 3, one);
    assertTrue(lines.get(one + 2).startsWith("  precision"), lines::toString);
    assertTrue(lines.get(one + 2).contains(" 1.0000 ["), lines::toString); // a is told apart.
  }

  private static final List<String> ABC = List.of("a", "b", "c");

  private static Measurement three(String positive) {
    return measured(
        ABC,
        positive,
        new int[] {0, 1, 2},
        new double[][] {{.6, .3, .1}, {.2, .5, .3}, {.1, .7, .2}});
  }

  @Test
  void classesThatCountAlikeHaveMeansAndAMatrix() {
    List<String> lines =
        MetricsTable.of(Map.of("test", three(null)), ABC, point(null)).lines().toList();
    assertTrue(lines.contains("mean of the 3 classes:"), lines::toString);
    int matrix = lines.size() - 4;
    assertTrue(lines.get(matrix).matches("test, true . answered  a  b  c +rocAuc +recall"));
    assertTrue(lines.get(matrix + 3).matches("c +0  1  0 .*"), lines::toString);
  }

  @Test
  void saysWhyAScoreIsUndefined() {
    Measurement none =
        measured(List.of("a", "b"), "b", new int[] {0, 0}, new double[][] {{.9, .1}, {.8, .2}});
    String table = MetricsTable.of(Map.of("test", none), List.of("a", "b"), point("b"));
    assertTrue(table.matches("(?s).*rocAuc +undefined.*"), table);
    assertTrue(table.contains("test: there is no image of b, so that"), table);
  }

  @Test
  void saysWhereTheThresholdIs() {
    OperatingPoint chosen = new OperatingPoint("PNEUMONIA", 0.3, "youden", 1, null);
    String table = MetricsTable.of(Map.of("test", two()), List.of("NORMAL", "PNEUMONIA"), chosen);
    assertTrue(
        table.contains(
            "PNEUMONIA from a probability of 0.3000 on"
                + " (evaluation.threshold: youden, chosen on validation)"),
        table);
  }

  @Test
  void digitsAreTheSameInEveryLocale() {
    Locale before = Locale.getDefault();
    try {
      Locale.setDefault(Locale.forLanguageTag("ar-EG-u-nu-arab"));
      String table =
          MetricsTable.of(
              Map.of("test", two()), List.of("NORMAL", "PNEUMONIA"), point("PNEUMONIA"));
      assertTrue(table.contains("0.6667"), table);
    } finally {
      Locale.setDefault(before);
    }
  }
}
