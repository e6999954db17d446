package io.pneuma.notebooks;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import javax.imageio.ImageIO;

/**
 * In what an executed notebook differs from an exported one. Sources, words and whole numbers must
 * be the same; a number with a decimal point is measured and may be a little off, since another
 * processor adds up in another order; a picture must be of the same size.
 */
public final class Staleness {
  private static final Pattern MEASURED = Pattern.compile("-?\\d+\\.\\d+");

  /** How far a measured number may be off: so much, and as a share of itself. */
  static final double OFF = 0.15;

  private final List<String> found = new ArrayList<>();

  private Staleness() {}

  /** The differences, a line each; none where the export is up to date. */
  public static List<String> of(JsonNode exported, JsonNode executed) {
    Staleness staleness = new Staleness();
    staleness.same("nbformat", exported.get("nbformat"), executed.get("nbformat"));
    staleness.same("metadata", exported.get("metadata"), executed.get("metadata"));
    JsonNode before = exported.get("cells");
    JsonNode after = executed.get("cells");
    if (before.size() != after.size()) {
      staleness.found.add(before.size() + " cells are now " + after.size());
    }
    for (int i = 0; i < Math.min(before.size(), after.size()); i++) {
      staleness.cell("cell " + (i + 1), before.get(i), after.get(i));
    }
    return staleness.found;
  }

  private void same(String where, Object exported, Object executed) {
    if (!exported.equals(executed)) {
      found.add(where + ": \"" + exported + "\" is now \"" + executed + "\"");
    }
  }

  private void cell(String where, JsonNode exported, JsonNode executed) {
    for (String key : List.of("cell_type", "id", "source")) {
      same(where + ", " + key, exported.get(key), executed.get(key));
    }
    JsonNode before = exported.path("outputs");
    JsonNode after = executed.path("outputs");
    if (before.size() != after.size()) {
      found.add(where + ": " + before.size() + " outputs are now " + after.size());
      return;
    }
    for (int i = 0; i < before.size(); i++) {
      output(where, before.get(i), after.get(i));
    }
  }

  private void output(String where, JsonNode exported, JsonNode executed) {
    same(where, exported.get("output_type"), executed.get("output_type"));
    text(where, join(exported.path("text")), join(executed.path("text")));
    JsonNode before = exported.path("data");
    JsonNode after = executed.path("data");
    if (!types(before).equals(types(after))) {
      found.add(where + ": " + types(before) + " is now " + types(after));
      return;
    }
    for (String type : types(before)) {
      String one = join(before.path(type));
      String other = join(after.path(type));
      if (type.equals(Display.PNG)) {
        same(where + ", size", size(one), size(other));
      } else {
        text(where, one, other);
      }
    }
  }

  private static Set<String> types(JsonNode data) {
    Set<String> types = new TreeSet<>();
    data.fieldNames().forEachRemaining(types::add);
    return types;
  }

  private static String join(JsonNode lines) {
    StringBuilder text = new StringBuilder();
    lines.forEach(line -> text.append(line.asText()));
    return text.toString();
  }

  private void text(String where, String exported, String executed) {
    same(where, words(exported), words(executed));
    List<Double> before = numbers(exported);
    List<Double> after = numbers(executed);
    for (int i = 0; i < Math.min(before.size(), after.size()); i++) {
      double larger = Math.max(Math.abs(before.get(i)), Math.abs(after.get(i)));
      if (Math.abs(before.get(i) - after.get(i)) > OFF + OFF * larger) {
        found.add(where + ": " + before.get(i) + " is now " + after.get(i));
      }
    }
  }

  /** What is not measured; columns are as wide as their numbers. */
  private static String words(String text) {
    return MEASURED.matcher(text).replaceAll("~").replaceAll(" +", " ");
  }

  private static List<Double> numbers(String text) {
    return MEASURED.matcher(text).results().map(each -> Double.valueOf(each.group())).toList();
  }

  private static String size(String png) {
    try {
      var image = ImageIO.read(new ByteArrayInputStream(Base64.getDecoder().decode(png)));
      return image.getWidth() + " x " + image.getHeight();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
