package io.pneuma.cli;

import java.util.List;

/** Rows of text in aligned columns. */
final class TextTable {
  private static final String GAP = "  ";

  private TextTable() {}

  static String of(List<List<String>> rows) {
    return table(rows, false);
  }

  /** The first column is of names, the others of numbers, which end below each other. */
  static String ofNumbers(List<List<String>> rows) {
    return table(rows, true);
  }

  private static String table(List<List<String>> rows, boolean numbers) {
    StringBuilder table = new StringBuilder();
    for (List<String> row : rows) {
      StringBuilder line = new StringBuilder();
      for (int column = 0; column < row.size(); column++) {
        int at = column;
        int width = rows.stream().mapToInt(other -> other.get(at).length()).max().orElse(0);
        String text = row.get(column);
        String padding = " ".repeat(width - text.length());
        line.append(numbers && column > 0 ? padding + text : text + padding).append(GAP);
      }
      table.append(line.toString().stripTrailing()).append(System.lineSeparator());
    }
    return table.toString();
  }
}
