package io.pneuma.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pneuma.evaluation.Metrics;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;

class MetricsTableTest {
  private static Metrics two() {
    // Positive: 0.9 and 0.4, negative: 0.2. One of two positives is missed.
    return Metrics.of(new int[] {1, 1, 0}, new double[][] {{.1, .9}, {.6, .4}, {.8, .2}}, 1);
  }

  @Test
  void hasARowForEachMetricAndAColumnForEachSplit() {
    Map<String, Metrics> splits = new LinkedHashMap<>();
    splits.put("validation", two());
    splits.put("test", two());
    List<String> lines =
        MetricsTable.of(splits, List.of("NORMAL", "PNEUMONIA"), "PNEUMONIA").lines().toList();
    assertEquals(
        List.of(
            "split                 validation     test",
            "n                              3        3",
            "positive (PNEUMONIA)           2        2",
            "accuracy                  0.6667   0.6667",
            "precision                 1.0000   1.0000",
            "recall                    0.5000   0.5000"),
        lines.subList(0, 6));
    assertEquals("tp/fn/fp/tn              1/1/0/1  1/1/0/1", lines.get(lines.size() - 1));
    assertTrue(lines.stream().allMatch(line -> line.length() <= 80));
  }

  @Test
  void tellsWhatIsOfThreeClassesFromWhatIsOfOneAgainstTheRest() {
    Metrics three =
        Metrics.of(
            new int[] {0, 1, 2}, new double[][] {{.6, .3, .1}, {.2, .5, .3}, {.1, .7, .2}}, 0);
    List<String> lines =
        MetricsTable.of(Map.of("test", three), List.of("a", "b", "c"), "a").lines().toList();
    int all = lines.indexOf("all 3 classes:");
    int one = lines.indexOf("a against the rest:");
    assertTrue(lines.get(all + 1).startsWith("  accuracy"), lines::toString);
    assertTrue(lines.get(all + 1).endsWith("0.6667"), lines::toString); // c is taken for b.
    assertEquals(all + 3, one);
    assertTrue(lines.get(one + 2).startsWith("  precision"), lines::toString);
    assertTrue(lines.get(one + 2).endsWith("1.0000"), lines::toString); // a is told from the rest.
  }

  @Test
  void saysWhyAScoreIsUndefined() {
    Metrics none = Metrics.of(new int[] {0, 0}, new double[][] {{.9, .1}, {.8, .2}}, 1);
    String table = MetricsTable.of(Map.of("test", none), List.of("a", "b"), "b");
    assertTrue(table.contains("rocAuc            undefined"), table);
    assertTrue(table.contains("test: there is no image of b, so that"), table);
  }

  @Test
  void digitsAreTheSameInEveryLocale() {
    Locale before = Locale.getDefault();
    try {
      Locale.setDefault(Locale.forLanguageTag("ar-EG-u-nu-arab"));
      assertTrue(MetricsTable.of(Map.of("test", two()), List.of("a", "b"), "b").contains("0.6667"));
    } finally {
      Locale.setDefault(before);
    }
  }
}
