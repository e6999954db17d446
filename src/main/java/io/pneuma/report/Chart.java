package io.pneuma.report;

import io.pneuma.evaluation.Curves.Point;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** A chart as SVG, whose colours are the page's, with the table behind it. */
final class Chart {
  private static final int WIDTH = 360;
  private static final int HEIGHT = 270;
  private static final int LEFT = 52;
  private static final int RIGHT = 12;
  private static final int TOP = 12;
  private static final int BOTTOM = 44;
  private static final int TICKS = 5;

  private final String title;
  private final String caption;
  private final String across;
  private final String up;
  private final double[] x = {0, 1};
  private final double[] y = {0, 1};
  private final StringBuilder marks = new StringBuilder();
  private final List<String> legend = new ArrayList<>();
  private final List<List<String>> table = new ArrayList<>();

  /**
   * An empty chart from 0 to 1 either way.
   *
   * @param caption what it shows and how its band was made, in a sentence
   * @param across name of the abscissa
   * @param up name of the ordinate
   */
  Chart(String title, String caption, String across, String up) {
    this.title = title;
    this.caption = caption;
    this.across = across;
    this.up = up;
  }

  Chart across(double from, double to) {
    x[0] = from;
    x[1] = to > from ? to : from + 1;
    return this;
  }

  Chart up(double from, double to) {
    y[0] = from;
    y[1] = to > from ? to : from + 1;
    return this;
  }

  /** The rows of the table, the first being the header. */
  Chart table(List<List<String>> rows) {
    table.addAll(rows);
    return this;
  }

  /** The least round number that is no less, so that the ticks below it are round as well. */
  static double round(double value) {
    double power = Math.pow(10, Math.floor(Math.log10(value)));
    for (double step : new double[] {1, 2, 2.5, 5}) {
      if (value <= step * power * (1 + 1e-9)) {
        return step * power;
      }
    }
    return 10 * power;
  }

  private double px(double value) {
    double share = (Math.min(x[1], Math.max(x[0], value)) - x[0]) / (x[1] - x[0]);
    return LEFT + share * (WIDTH - LEFT - RIGHT);
  }

  private double py(double value) {
    double share = (Math.min(y[1], Math.max(y[0], value)) - y[0]) / (y[1] - y[0]);
    return HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM);
  }

  private String at(double x1, double y1) {
    return String.format(Locale.ROOT, "%.1f,%.1f", px(x1), py(y1));
  }

  /** A line in one of the colours 0 to 3, with its band where it has one. */
  Chart line(List<Point> points, int colour, String name) {
    List<Point> there = points.stream().filter(point -> !Double.isNaN(point.y())).toList();
    List<Point> banded = there.stream().filter(point -> !Double.isNaN(point.low())).toList();
    if (!banded.isEmpty()) {
      List<String> outline = new ArrayList<>();
      banded.forEach(point -> outline.add(at(point.x(), point.low())));
      for (int i = banded.size() - 1; i >= 0; i--) {
        outline.add(at(banded.get(i).x(), banded.get(i).high()));
      }
      marks.append(
          "<polygon class=\"band c%d\" points=\"%s\"/>"
              .formatted(colour, String.join(" ", outline)));
    }
    String path =
        there.stream().map(point -> at(point.x(), point.y())).collect(Collectors.joining(" "));
    marks.append("<polyline class=\"line c%d\" points=\"%s\"/>".formatted(colour, path));
    return named(colour, name);
  }

  /** A thin dashed line from one point to another. */
  Chart guide(double x1, double y1, double x2, double y2) {
    marks.append("<polyline class=\"guide\" points=\"%s %s\"/>".formatted(at(x1, y1), at(x2, y2)));
    return this;
  }

  /** A point with an upright interval. */
  Chart dot(Point point, int colour) {
    marks.append(
        String.format(
            Locale.ROOT,
            "<polyline class=\"line c%d\" points=\"%s %s\"/>"
                + "<circle class=\"dot c%d\" cx=\"%.1f\" cy=\"%.1f\" r=\"3.5\"/>",
            colour,
            at(point.x(), point.low()),
            at(point.x(), point.high()),
            colour,
            px(point.x()),
            py(point.y())));
    return this;
  }

  /** An upright interval alone. */
  Chart interval(double x1, double low, double high) {
    marks.append(
        "<polyline class=\"whisker\" points=\"%s %s\"/>".formatted(at(x1, low), at(x1, high)));
    return this;
  }

  /** A bar from the bottom. */
  Chart bar(double from, double to, double height, int colour) {
    marks.append(
        String.format(
            Locale.ROOT,
            "<rect class=\"bar c%d\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"/>",
            colour,
            px(from),
            py(height),
            Math.max(1, px(to) - px(from) - 1),
            py(y[0]) - py(height)));
    return this;
  }

  Chart named(int colour, String name) {
    if (!name.isEmpty()) {
      legend.add("<span class=\"key c%d\">%s</span>".formatted(colour, Html.text(name)));
    }
    return this;
  }

  /** A figure with its caption and its table. */
  String html() {
    String id = "c-" + title.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "-");
    return """
        <figure>
        <svg viewBox="0 0 %d %d" role="img" aria-labelledby="%s-t %s-d"><title id="%s-t">%s</title><desc id="%s-d">%s</desc>%s%s</svg>
        <p class="legend">%s</p>
        <figcaption><b>%s.</b> %s</figcaption>
        <details><summary>The numbers of this figure</summary>%s</details>
        </figure>
        """
        .formatted(
            WIDTH,
            HEIGHT,
            id,
            id,
            id,
            Html.text(title),
            id,
            Html.text(caption),
            axes(),
            marks,
            String.join(" ", legend),
            Html.text(title),
            Html.text(caption),
            Html.table(table));
  }

  private String axes() {
    StringBuilder axes = new StringBuilder();
    for (int tick = 0; tick <= TICKS; tick++) {
      double atX = x[0] + tick * (x[1] - x[0]) / TICKS;
      double atY = y[0] + tick * (y[1] - y[0]) / TICKS;
      axes.append(
          String.format(
              Locale.ROOT,
              "<line class=\"grid\" x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%d\"/>"
                  + "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%s</text>",
              px(atX),
              TOP,
              px(atX),
              HEIGHT - BOTTOM,
              px(atX),
              HEIGHT - BOTTOM + 16,
              label(atX)));
      axes.append(
          String.format(
              Locale.ROOT,
              "<line class=\"grid\" x1=\"%d\" y1=\"%.1f\" x2=\"%d\" y2=\"%.1f\"/>"
                  + "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%s</text>",
              LEFT,
              py(atY),
              WIDTH - RIGHT,
              py(atY),
              LEFT - 6,
              py(atY) + 4,
              label(atY)));
    }
    axes.append(
        "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">%s</text>"
            .formatted((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 8, Html.text(across)));
    axes.append(
        "<text transform=\"translate(12 %d) rotate(-90)\" text-anchor=\"middle\">%s</text>"
            .formatted((TOP + HEIGHT - BOTTOM) / 2, Html.text(up)));
    return axes.toString();
  }

  private static String label(double value) {
    String text = String.format(Locale.ROOT, Math.abs(value) >= 10 ? "%.0f" : "%.2f", value);
    return text.contains(".") ? text.replaceAll("\\.?0+$", "") : text;
  }
}
