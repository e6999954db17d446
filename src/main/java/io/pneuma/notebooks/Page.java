package io.pneuma.notebooks;

import com.fasterxml.jackson.databind.JsonNode;
import io.pneuma.report.Html;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.commonmark.parser.Parser;
import org.commonmark.renderer.html.HtmlRenderer;

/** A notebook as a page: made of its {@code .ipynb} alone, and always the same. */
final class Page {
  private static final String STYLE =
      """
      main { max-width: 54rem; margin: 0 auto; }
      code { font-size: .9em; } p > code, li > code { padding: 0 .2em; background: var(--tint); }
      pre.code { border-left: .3rem solid var(--c0); white-space: pre; }
      .out { margin: 0 0 1.2rem .6rem; } .out pre { background: none; padding: 0; white-space: pre; }
      .out img { max-width: 100%; height: auto; }
      .seen { font-size: .85rem; color: var(--soft); margin: .2rem 0; }
      @media (max-width: 34rem) { .out { margin-left: 0; } .out th, .out td { padding: .2rem .3rem; } }
      """;

  private Page() {}

  /** The page of a notebook in the form of nbformat. */
  static String of(String title, JsonNode notebook) {
    StringBuilder page = new StringBuilder(Html.head(title, STYLE)).append("<body>\n<main>\n");
    for (JsonNode cell : notebook.get("cells")) {
      String source = text(cell.get("source"));
      if (cell.get("cell_type").asText().equals("markdown")) {
        page.append(markdown(source));
        continue;
      }
      page.append("<pre class=\"code\" tabindex=\"0\"><code>");
      page.append(Html.text(source)).append("</code></pre>\n");
      for (JsonNode output : cell.get("outputs")) {
        page.append("<div class=\"out\">").append(output(output)).append("</div>\n");
      }
    }
    return page.append("</main>\n</body>\n</html>\n").toString();
  }

  private static String markdown(String source) {
    HtmlRenderer renderer = HtmlRenderer.builder().escapeHtml(true).build();
    return renderer.render(Parser.builder().build().parse(source));
  }

  private static String output(JsonNode output) {
    if (output.has("text")) {
      return pre(text(output.get("text")));
    }
    JsonNode data = output.get("data");
    String plain = text(data.get(Display.PLAIN));
    if (data.has(Display.PNG)) {
      return "<img alt=\"%s\" src=\"data:image/png;base64,%s\"><p class=\"seen\">%s</p>"
          .formatted(Html.text(plain), text(data.get(Display.PNG)), Html.text(plain));
    }
    return data.has(Display.HTML) ? text(data.get(Display.HTML)) : pre(plain);
  }

  private static String pre(String text) {
    return "<pre tabindex=\"0\">" + Html.text(text) + "</pre>";
  }

  /** A text whose lines nbformat keeps apart. */
  private static String text(JsonNode lines) {
    return StreamSupport.stream(lines.spliterator(), false)
        .map(JsonNode::asText)
        .collect(Collectors.joining());
  }
}
