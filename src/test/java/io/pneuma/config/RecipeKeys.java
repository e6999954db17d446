package io.pneuma.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** All keys that a loader reads, found by letting it read recipes that ask for each. */
public final class RecipeKeys {
  private static final String WHOLE =
      """
      data: {folder: x, validation: {fraction: 0.1}, test: {fraction: 0.1}}
      backbones:
        - {name: resnet18, weights: none, cut: layer3}
        - {name: resnet18, weights: {file: x}}
        - {name: resnet18, weights: {url: 'https://localhost/x', sha256: %s}}
      fusion: {attention: {type: %s}}
      evaluation: {threshold: %s, folds: 5}
      search:
        generator: grid
        budget: {candidates: 1, minutes: 1}
        pruning: {afterEpoch: 1}
        space: {training.learningRate: {logUniform: [1e-4, 1e-3]}}
      """;

  private static final List<String> THRESHOLDS =
      List.of("0.5", "{sensitivity: 0.95}", "{specificity: 0.9}", "{cost: [1, 5]}");

  private RecipeKeys() {}

  /** For each key what it takes and its default. */
  public static Map<String, List<String>> of(RecipeLoader loader, Path folder) throws IOException {
    RecipeLoader reading = loader.ofTrainedRuns();
    for (String attention : List.of("se", "self")) {
      Path recipe = folder.resolve("recipe.yaml");
      for (String threshold : THRESHOLDS) {
        Files.writeString(recipe, WHOLE.formatted("0".repeat(64), attention, threshold));
        reading.loadSearch(recipe, List.of());
      }
    }
    Map<String, List<String>> keys = new LinkedHashMap<>();
    reading.read().forEach((path, key) -> keys.put(path, List.of(key.value(), fallback(key))));
    return keys;
  }

  /** What is not limited has no default; the reader's stands for what was wrong. */
  private static String fallback(RecipeKey key) {
    return key.path().startsWith("search.budget.") ? "" : key.fallback();
  }
}
