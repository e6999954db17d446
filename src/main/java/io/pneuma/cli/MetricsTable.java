package io.pneuma.cli;

import io.pneuma.evaluation.Metrics;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The metrics of some splits as text, a row each. */
final class MetricsTable {
  private static final List<String> COLUMNS =
      List.of(
          "accuracy",
          "precision",
          "recall",
          "specificity",
          "f1",
          "balancedAccuracy",
          "rocAuc",
          "prAuc",
          "ece");

  private MetricsTable() {}

  static String of(Map<String, Metrics> splits) {
    StringBuilder table =
        new StringBuilder(String.format("%-12s%6s%10s", "split", "n", "positive"));
    COLUMNS.forEach(name -> table.append("  ").append(name));
    table.append(String.format("  %s%n", "tp/fn/fp/tn"));
    splits.forEach(
        (split, metrics) -> {
          table.append(String.format("%-12s%6d%10d", split, metrics.n(), metrics.positive()));
          for (String name : COLUMNS) {
            table.append(
                String.format(Locale.ROOT, "  %" + name.length() + ".4f", metrics.get(name)));
          }
          Metrics.Confusion c = metrics.confusion();
          table.append(String.format("  %d/%d/%d/%d%n", c.tp(), c.fn(), c.fp(), c.tn()));
        });
    return table.toString();
  }
}
