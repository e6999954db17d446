package io.pneuma.cli;

import io.pneuma.evaluation.Measurement;
import io.pneuma.evaluation.Metrics;
import io.pneuma.evaluation.OperatingPoint;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;

/**
 * The metrics of some splits as text, with their 95 % confidence intervals: a row for each metric,
 * a column for each split.
 */
final class MetricsTable {
  /** Scores of the answers, whatever the number of classes. */
  private static final List<String> OF_ALL_CLASSES = List.of("accuracy", "ece");

  private static final List<String> OF_THE_POSITIVE_CLASS =
      List.of(
          "precision",
          "recall",
          "specificity",
          "npv",
          "f1",
          "balancedAccuracy",
          "mcc",
          "rocAuc",
          "prAuc",
          "brier");

  private final Map<String, Measurement> splits;
  private final List<List<String>> rows = new ArrayList<>();

  private MetricsTable(Map<String, Measurement> splits) {
    this.splits = splits;
  }

  /**
   * The table, and a sentence for each split in which the positive class cannot be scored.
   *
   * @param labels the classes
   * @param point how the model decides
   */
  static String of(Map<String, Measurement> splits, List<String> labels, OperatingPoint point) {
    MetricsTable table = new MetricsTable(splits);
    String positiveClass = point.positiveClass();
    table.rows.add(header(splits.keySet()));
    table.row("n", measured -> "" + measured.metrics().n());
    table.row("patients", measured -> "" + measured.patients());
    if (positiveClass == null) {
      table.scores("", List.of("accuracy"));
      table.row("mean of the " + labels.size() + " classes:", measured -> "");
      table.scores("  ", OF_THE_POSITIVE_CLASS);
      table.scores("", List.of("ece"));
      return TextTable.ofNumbers(table.rows) + table.perClass(labels);
    }
    if (labels.size() == 2) {
      table.row("positive (" + positiveClass + ")", measured -> "" + measured.metrics().positive());
      table.scores("", List.of("accuracy"));
      table.scores("", OF_THE_POSITIVE_CLASS);
      table.scores("", List.of("ece"));
      table.row("tp/fn/fp/tn", MetricsTable::confusion);
    } else {
      table.row("all " + labels.size() + " classes:", measured -> "");
      table.scores("  ", OF_ALL_CLASSES);
      table.row(positiveClass + " against the rest:", measured -> "");
      table.row("  positive", measured -> "" + measured.metrics().positive());
      table.scores("  ", OF_THE_POSITIVE_CLASS);
      table.row("  tp/fn/fp/tn", MetricsTable::confusion);
    }
    return TextTable.ofNumbers(table.rows)
        + table.threshold(labels, point)
        + table.undefined(point);
  }

  private static List<String> header(Collection<String> splits) {
    List<String> header = new ArrayList<>(List.of("split"));
    header.addAll(splits);
    return header;
  }

  private void row(String name, Function<Measurement, String> cell) {
    List<String> row = new ArrayList<>(List.of(name));
    splits.values().forEach(measured -> row.add(cell.apply(measured)));
    rows.add(row);
  }

  private void scores(String indent, List<String> names) {
    for (String name : names) {
      row(
          indent + name,
          measured -> score(measured.metrics().get(name), measured.ci95().get(name)));
    }
  }

  private static String score(double value, double[] interval) {
    if (Double.isNaN(value)) {
      return "undefined";
    }
    return interval == null
        ? String.format(Locale.ROOT, "%.4f", value)
        : String.format(Locale.ROOT, "%.4f [%.4f, %.4f]", value, interval[0], interval[1]);
  }

  private static String confusion(Measurement measured) {
    Metrics.Confusion c = measured.metrics().confusion();
    return c.tp() + "/" + c.fn() + "/" + c.fp() + "/" + c.tn();
  }

  /** Images by their true class, a table for each split. */
  private String perClass(List<String> labels) {
    StringBuilder text = new StringBuilder();
    splits.forEach(
        (split, measured) -> {
          List<List<String>> matrix = new ArrayList<>();
          List<String> header = new ArrayList<>(List.of(split + ", true \\ answered"));
          header.addAll(labels);
          header.addAll(List.of("rocAuc", "recall"));
          matrix.add(header);
          for (String truth : labels) {
            List<String> row = new ArrayList<>(List.of(truth));
            labels.forEach(
                answer -> row.add("" + measured.confusionMatrix().get(truth).get(answer)));
            Measurement.ClassScores own = measured.perClass().get(truth);
            row.add(score(own.rocAuc(), own.ci95().get("rocAuc")));
            row.add(score(own.recall(), own.ci95().get("recall")));
            matrix.add(row);
          }
          text.append(System.lineSeparator()).append(TextTable.ofNumbers(matrix));
        });
    return text.toString();
  }

  /** How the answers are told where that is not by one half. */
  private String threshold(List<String> labels, OperatingPoint point) {
    if (labels.size() != 2 || point.threshold() == 0.5) {
      return "";
    }
    boolean given = point.rule().equals(String.valueOf(point.threshold()));
    return String.format(
        Locale.ROOT,
        "%s from a probability of %.4f on (evaluation.threshold%s)%n",
        point.positiveClass(),
        point.threshold(),
        given ? "" : ": " + point.rule() + ", chosen on validation");
  }

  private String undefined(OperatingPoint point) {
    StringBuilder text = new StringBuilder();
    splits.forEach(
        (split, measured) -> {
          Metrics metrics = measured.metrics();
          if (metrics.positive() == 0 || metrics.positive() == metrics.n()) {
            String which = metrics.positive() == 0 ? "no image" : "no image but those";
            text.append(split + ": there is " + which + " of " + point.positiveClass())
                .append(", so that what compares the two is undefined")
                .append(System.lineSeparator());
          }
        });
    return text.toString();
  }
}
