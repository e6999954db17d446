package io.pneuma.cli;

import io.pneuma.evaluation.Metrics;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;

/** The metrics of some splits as text: a row for each metric, a column for each split. */
final class MetricsTable {
  /** Scores of the answers, whatever the number of classes. */
  private static final List<String> OF_ALL_CLASSES = List.of("accuracy", "ece");

  private static final List<String> OF_THE_POSITIVE_CLASS =
      List.of("precision", "recall", "specificity", "f1", "balancedAccuracy", "rocAuc", "prAuc");

  private final Map<String, Metrics> splits;
  private final List<List<String>> rows = new ArrayList<>();

  private MetricsTable(Map<String, Metrics> splits) {
    this.splits = splits;
  }

  /**
   * The table, and a sentence for each split in which the positive class cannot be scored.
   *
   * @param labels the classes
   * @param positiveClass the one that is set against the rest
   */
  static String of(Map<String, Metrics> splits, List<String> labels, String positiveClass) {
    MetricsTable table = new MetricsTable(splits);
    table.rows.add(header(splits.keySet()));
    if (labels.size() == 2) {
      table.row("n", metrics -> "" + metrics.n());
      table.row("positive (" + positiveClass + ")", metrics -> "" + metrics.positive());
      table.scores("", List.of("accuracy"));
      table.scores("", OF_THE_POSITIVE_CLASS);
      table.scores("", List.of("ece"));
      table.row("tp/fn/fp/tn", MetricsTable::confusion);
    } else {
      table.row("n", metrics -> "" + metrics.n());
      table.row("all " + labels.size() + " classes:", metrics -> "");
      table.scores("  ", OF_ALL_CLASSES);
      table.row(positiveClass + " against the rest:", metrics -> "");
      table.row("  positive", metrics -> "" + metrics.positive());
      table.scores("  ", OF_THE_POSITIVE_CLASS);
      table.row("  tp/fn/fp/tn", MetricsTable::confusion);
    }
    return TextTable.ofNumbers(table.rows) + table.undefined(positiveClass);
  }

  private static List<String> header(Collection<String> splits) {
    List<String> header = new ArrayList<>(List.of("split"));
    header.addAll(splits);
    return header;
  }

  private void row(String name, Function<Metrics, String> cell) {
    List<String> row = new ArrayList<>(List.of(name));
    splits.values().forEach(metrics -> row.add(cell.apply(metrics)));
    rows.add(row);
  }

  private void scores(String indent, List<String> names) {
    for (String name : names) {
      row(indent + name, metrics -> score(metrics.get(name)));
    }
  }

  private static String score(double value) {
    return Double.isNaN(value) ? "undefined" : String.format(Locale.ROOT, "%.4f", value);
  }

  private static String confusion(Metrics metrics) {
    Metrics.Confusion c = metrics.confusion();
    return c.tp() + "/" + c.fn() + "/" + c.fp() + "/" + c.tn();
  }

  private String undefined(String positiveClass) {
    StringBuilder text = new StringBuilder();
    splits.forEach(
        (split, metrics) -> {
          if (metrics.positive() == 0 || metrics.positive() == metrics.n()) {
            String which = metrics.positive() == 0 ? "no image" : "no image but those";
            text.append(split + ": there is " + which + " of " + positiveClass)
                .append(", so that what compares the two is undefined")
                .append(System.lineSeparator());
          }
        });
    return text.toString();
  }
}
