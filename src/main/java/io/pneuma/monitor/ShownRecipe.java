package io.pneuma.monitor;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;

/** What others may see of a recipe: neither where the images are, nor any path of this machine. */
final class ShownRecipe {
  private static final Pattern HIDDEN = Pattern.compile("data\\.(folder|attributes)|monitor\\..*");
  private static final Pattern PATH = Pattern.compile("([a-zA-Z]+:)?[/\\\\].*");

  private ShownRecipe() {}

  /**
   * The values to show.
   *
   * @param recipe values by their dotted keys, as in {@code backbones[0].name}
   * @return values by keys such as {@code backbones.0.name}
   */
  static Map<String, String> of(Map<String, String> recipe) {
    Map<String, String> shown = new LinkedHashMap<>();
    recipe.forEach(
        (key, value) -> {
          if (!HIDDEN.matcher(key).matches() && !value.isEmpty()) {
            String name = key.replaceAll("\\[(\\d+)\\]", ".$1");
            boolean path = PATH.matcher(value).matches();
            shown.put(name, path ? value.replaceFirst(".*[/\\\\](?=.)", "") : value);
          }
        });
    return shown;
  }
}
