package io.pneuma.bench;

import java.util.List;
import java.util.Map;

/**
 * One line of the results.
 *
 * @param tolerances for each part, how far the sides may be apart ({@link Agreement})
 * @param peers by name
 */
record Row(String name, Unit unit, List<Double> tolerances, Side pneuma, Map<String, Side> peers) {

  /** The row of that name, or else those whose names begin so. */
  static List<Row> named(String what, List<Row> rows) {
    List<Row> exact = rows.stream().filter(row -> row.name().equals(what)).toList();
    return exact.isEmpty()
        ? rows.stream().filter(row -> row.name().startsWith(what)).toList()
        : exact;
  }

  /** Says that there is no such row, and which there are. */
  static String unknown(String what, List<Row> rows) {
    return "no row "
        + what
        + "; known: "
        + String.join(", ", rows.stream().map(Row::name).toList())
        + "; and tables without a peer: "
        + String.join(", ", Extras.names());
  }
}
