package io.pneuma.cli;

import java.util.List;

/** Rows of text in aligned columns. */
final class TextTable {
  private static final String GAP = "  ";

  private TextTable() {}

  static String of(List<List<String>> rows) {
    StringBuilder table = new StringBuilder();
    for (List<String> row : rows) {
      StringBuilder line = new StringBuilder();
      for (int column = 0; column < row.size(); column++) {
        int at = column;
        int width = rows.stream().mapToInt(other -> other.get(at).length()).max().orElse(0);
        String text = row.get(column);
        line.append(text).append(" ".repeat(width - text.length())).append(GAP);
      }
      table.append(line.toString().stripTrailing()).append(System.lineSeparator());
    }
    return table.toString();
  }
}
