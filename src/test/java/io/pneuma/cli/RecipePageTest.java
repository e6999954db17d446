package io.pneuma.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.pneuma.config.RecipeKeys;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** docs/recipe.md says what the loader reads: this test writes the page and compares. */
class RecipePageTest {
  private static final String INTRODUCTION =
      """
      # Recipes, key by key

      A recipe is one YAML file. A relative path in it starts from its own folder, one on the command line from yours; `~` is
      your home. `--set key=value` overrides a key by its dotted path and takes what follows the `=` to the letter; items of a
      list go by their number, from 0: `--set 'backbones[0].weights=FILE'`. Whole lists and mappings can be given, too:
      `--set 'fusion.attention={type: self, heads: 4}'`. `none` stands where nothing is wanted. All that is wrong with a
      recipe is reported at once, before any work. Without `data.validation`, `data.test` and `search.pruning`
      nothing is held out or pruned; the defaults of their keys hold where they are given. This page is made from the loader;
      a test keeps it so.

      | key | value | default | meaning |
      |---|---|---|---|
      """;

  @Test
  void thePageIsWhatTheLoaderReads(@TempDir Path folder) throws IOException {
    Map<String, String> meanings = new LinkedHashMap<>();
    try (InputStream in = RecipePageTest.class.getResourceAsStream("/recipe-keys.yaml")) {
      new String(in.readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .filter(line -> !line.startsWith("#"))
          .map(line -> line.split(": ", 2))
          .forEach(entry -> meanings.put(entry[0], entry[1]));
    }
    Map<String, List<String>> read = RecipeKeys.of(Verb.recipes(), folder);
    assertEquals(
        read.keySet().stream().sorted().toList(), meanings.keySet().stream().sorted().toList());
    StringBuilder page = new StringBuilder(INTRODUCTION);
    meanings.forEach(
        (key, meaning) ->
            page.append(
                "| `%s` | %s | %s | %s |%n"
                    .formatted(
                        key,
                        read.get(key).get(0),
                        read.get(key).get(1),
                        meaning.replace("|", "\\|"))
                    .replace("\r", "")));
    Path made = Path.of("target", "recipe.md");
    Files.writeString(made, page.toString());
    assertEquals(
        page.toString(),
        Files.readString(Verb.home().resolve("docs/recipe.md")),
        "docs/recipe.md is stale; mend it with: cp " + made + " docs/recipe.md");
  }
}
