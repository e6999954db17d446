package io.pneuma.cli;

import io.pneuma.evaluation.Shifts;
import io.pneuma.evaluation.Shifts.Step;
import io.pneuma.evaluation.Shifts.Summary;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Scores under shifts as text: for each score a row for each kind and a column for each strength,
 * then what becomes of all of them.
 */
final class ShiftsTable {
  private ShiftsTable() {}

  /**
   * The tables.
   *
   * @param ci95 the intervals of the scores on the images as they are
   */
  static String of(Shifts shifts, Map<String, double[]> ci95) {
    StringBuilder text = new StringBuilder();
    for (String name : Shifts.names()) {
      List<List<String>> rows = new ArrayList<>();
      List<String> header = new ArrayList<>(List.of(name + ", by strength"));
      shifts.kinds().values().iterator().next().forEach(step -> header.add("" + step.strength()));
      header.addAll(List.of("mean", "worst"));
      rows.add(header);
      shifts.kinds().forEach((kind, steps) -> rows.add(row(name, kind, steps)));
      text.append(TextTable.ofNumbers(rows)).append(System.lineSeparator());
    }
    return text + summary(shifts, ci95);
  }

  private static List<String> row(String name, String kind, List<Step> steps) {
    List<String> row = new ArrayList<>(List.of(kind));
    steps.forEach(step -> row.add(number(step.get(name))));
    row.add(number(Shifts.mean(name, steps)));
    row.add(number(Shifts.worst(name, steps)));
    return row;
  }

  private static String summary(Shifts shifts, Map<String, double[]> ci95) {
    List<List<String>> rows = new ArrayList<>();
    rows.add(
        List.of("score", "clean", "mean shifted", "mean drop", "worst", "worst drop", "worst at"));
    shifts
        .scores()
        .forEach(
            (name, score) ->
                rows.add(
                    List.of(
                        name,
                        number(score.clean()) + interval(ci95.get(name)),
                        number(score.mean()),
                        number(score.meanDrop()),
                        number(score.worst()) + interval(worst(shifts, name, score)),
                        number(score.worstDrop()),
                        score.worstStrength() == 0
                            ? ""
                            : score.worstKind() + " " + score.worstStrength())));
    return TextTable.ofNumbers(rows);
  }

  private static double[] worst(Shifts shifts, String name, Summary score) {
    return shifts.kinds().getOrDefault(score.worstKind(), List.of()).stream()
        .filter(step -> step.strength() == score.worstStrength())
        .map(step -> step.ci95().get(name))
        .findFirst()
        .orElse(null);
  }

  private static String number(double value) {
    return Double.isNaN(value) ? "undefined" : String.format(Locale.ROOT, "%.4f", value);
  }

  private static String interval(double[] ends) {
    return ends == null ? "" : String.format(Locale.ROOT, " [%.4f, %.4f]", ends[0], ends[1]);
  }
}
