package io.pneuma.notebooks;

import io.pneuma.report.Html;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import javax.imageio.ImageIO;

/** How a cell's value is shown: MIME types and what they say. */
final class Display {
  static final String PNG = "image/png";
  static final String HTML = "text/html";
  static final String PLAIN = "text/plain";

  private Display() {}

  /**
   * Shows a value: a {@link BufferedImage} as a picture, a list of rows as a table, anything else
   * as its text.
   *
   * @param alt what a picture shows
   * @throws IllegalArgumentException when it is a picture and nothing says what it shows
   */
  static Map<String, String> of(Object value, String alt) {
    if (value instanceof BufferedImage image) {
      if (alt.isEmpty()) {
        throw new IllegalArgumentException(
            "a picture without a description; write it behind ```java");
      }
      return sorted(Map.of(PNG, png(image), PLAIN, alt));
    }
    if (value instanceof List<?> rows
        && !rows.isEmpty()
        && rows.stream().allMatch(List.class::isInstance)) {
      List<List<String>> texts =
          rows.stream().map(row -> ((List<?>) row).stream().map(String::valueOf).toList()).toList();
      return sorted(Map.of(HTML, Html.table(texts), PLAIN, aligned(texts)));
    }
    return Map.of(PLAIN, String.valueOf(value));
  }

  private static Map<String, String> sorted(Map<String, String> data) {
    return new TreeMap<>(data);
  }

  private static String png(BufferedImage image) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try {
      ImageIO.write(image, "png", out);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return Base64.getEncoder().encodeToString(out.toByteArray());
  }

  /** The first column to the left, the others to the right. */
  private static String aligned(List<List<String>> rows) {
    List<Integer> widths = new ArrayList<>();
    for (List<String> row : rows) {
      for (int i = 0; i < row.size(); i++) {
        if (i == widths.size()) {
          widths.add(0);
        }
        widths.set(i, Math.max(widths.get(i), row.get(i).length()));
      }
    }
    List<String> lines = new ArrayList<>();
    for (List<String> row : rows) {
      StringBuilder line = new StringBuilder();
      for (int i = 0; i < row.size(); i++) {
        String padding = " ".repeat(widths.get(i) - row.get(i).length());
        line.append(i == 0 ? row.get(i) + padding : "  " + padding + row.get(i));
      }
      lines.add(line.toString().stripTrailing());
    }
    return String.join("\n", lines);
  }
}
