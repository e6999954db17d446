package io.pneuma.bench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** What a row measured against one peer. */
record Result(Row row, String peer, Duel duel) {
  private static final String LINE = "%-24s %-9s %10s %10s  %-14s %6s  %-13s %9s%n";

  /** All results as a table. */
  static String table(List<Result> results) {
    StringBuilder table =
        new StringBuilder(
            String.format(
                LINE, "name", "unit", "pneuma", "peer", "", "ratio", "from..to", "processor"));
    for (Result result : results) {
      Duel duel = result.duel;
      table.append(
          String.format(
              LINE,
              result.row.name(),
              result.row.unit(),
              number("%.4g", result.pneuma()),
              number("%.4g", result.other()),
              result.peer,
              number("%.2f", duel.ratio()),
              number("%.2f", duel.lowestRatio()) + ".." + number("%.2f", duel.highestRatio()),
              Double.isNaN(duel.processorRatio()) ? "" : number("%.2f", duel.processorRatio())));
    }
    return table.toString();
  }

  /** The results as {@code --json} writes them. */
  static List<Map<String, Object>> json(List<Result> results) {
    List<Map<String, Object>> list = new ArrayList<>();
    for (Result result : results) {
      Map<String, Object> fields = new LinkedHashMap<>();
      fields.put("name", result.row.name());
      fields.put("unit", result.row.unit().toString());
      fields.put("pneuma", result.pneuma());
      fields.put("peer", result.other());
      fields.put("peerName", result.peer);
      fields.put("ratio", result.duel.ratio());
      list.add(fields);
    }
    return list;
  }

  private double pneuma() {
    return row.unit().of(duel.pneumaSeconds());
  }

  private double other() {
    return row.unit().of(duel.peerSeconds());
  }

  private static String number(String format, double value) {
    return String.format(Locale.ROOT, format, value);
  }
}
