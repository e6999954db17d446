package io.pneuma.report;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Pieces of a page. */
public final class Html {
  /** The style of {@link #slider}. */
  public static final String SLIDER_STYLE = resource("slider.css");

  /** What moves a {@link #slider}. */
  public static final String SLIDER_SCRIPT = resource("slider.js");

  private Html() {}

  /**
   * A page up to its body, in the style of all pages, light and dark.
   *
   * @param title as text
   * @param style that this page has besides
   */
  public static String head(String title, String style) {
    return """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>%s</title>
        <style>
        %s%s</style>
        </head>
        """
        .formatted(text(title), resource("report.css"), style);
  }

  static String resource(String name) {
    try (InputStream in = Html.class.getResourceAsStream(name)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A text as it stands between tags and in quotes. */
  public static String text(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;");
  }

  /**
   * An image and what is laid over it, with a slider between the two.
   *
   * @param image address of the image
   * @param over address of the same with something laid over it, of the same proportions
   * @param alt what the image is, as text
   * @param overAlt what is laid over it, as text
   */
  public static String slider(String image, String over, String alt, String overAlt) {
    return """
        <div class="slider"><img alt="%s" src="%s"><img class="over" alt="%s" src="%s"></div>\
        <input class="slide" type="range" min="0" max="100" value="100" aria-label="from image to map">"""
        .formatted(text(alt), image, text(overAlt), over);
  }

  /** Numbers as bars, as long as they are large; those below 0 are paler. */
  public static String bars(String title, Map<String, Double> numbers) {
    double most = numbers.values().stream().mapToDouble(Math::abs).max().orElse(0);
    StringBuilder bars =
        new StringBuilder("<table class=\"bars\"><caption>" + text(title) + "</caption>");
    numbers.forEach(
        (name, number) ->
            bars.append(
                String.format(
                    Locale.ROOT,
                    "<tr><th scope=\"row\">%s</th><td>%.2f</td><td><span class=\"bar%s\""
                        + " style=\"width: %.1frem\"></span></td></tr>",
                    text(name),
                    number,
                    number < 0 ? " against" : "",
                    most == 0 ? 0 : 6 * Math.abs(number) / most)));
    return bars.append("</table>").toString();
  }

  /** Rows of text, the first being the header; the first column names the others. */
  public static String table(List<List<String>> rows) {
    StringBuilder table = new StringBuilder("<div class=\"wide\" tabindex=\"0\"><table>");
    for (int i = 0; i < rows.size(); i++) {
      table.append("<tr>");
      List<String> row = rows.get(i);
      for (int k = 0; k < row.size(); k++) {
        String tag = i == 0 ? "th scope=\"col\"" : k == 0 ? "th scope=\"row\"" : "td";
        String end = tag.startsWith("th") ? "th" : "td";
        table.append('<').append(tag).append('>').append(text(row.get(k)));
        table.append("</").append(end).append('>');
      }
      table.append("</tr>");
    }
    return table.append("</table></div>").toString();
  }

  /** Terms and what they mean. */
  public static String terms(List<List<String>> rows) {
    StringBuilder list = new StringBuilder("<dl>");
    for (List<String> row : rows) {
      list.append("<dt>").append(text(row.get(0))).append("</dt><dd>");
      list.append(row.get(1).isEmpty() ? "<em>to be written</em>" : text(row.get(1)));
      list.append("</dd>");
    }
    return list.append("</dl>").toString();
  }

  /** A number to four digits. */
  static String number(double value) {
    return Double.isNaN(value) ? "undefined" : String.format(Locale.ROOT, "%.4f", value);
  }

  /** A number with its interval. */
  static String number(double value, double[] interval) {
    return interval == null
        ? number(value)
        : number(value) + String.format(Locale.ROOT, " [%.4f, %.4f]", interval[0], interval[1]);
  }
}
