package io.pneuma.search;

import io.pneuma.TinyRadiographs;
import io.pneuma.config.Recipe;
import io.pneuma.config.SearchRecipes;
import io.pneuma.run.History;
import io.pneuma.training.Trials;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** A search over a function in place of a training. */
final class MadeUp {
  static final int EPOCHS = 6;

  private MadeUp() {}

  /** A recipe with this search block, indented by two. */
  static SearchRecipes recipes(Path folder, String search) throws IOException {
    Path file = folder.resolve("search.yaml");
    Files.writeString(
        file, TinyRadiographs.recipe(folder, "all", "se") + "search:\n" + search.indent(2));
    return TinyRadiographs.loader(folder).loadSearch(file, List.of());
  }

  /** Best at a learning rate of 1e-3 with self-attention, and better with each epoch. */
  static double score(Recipe recipe, int epoch) {
    double off = Math.abs(Math.log10(recipe.training().learningRate()) + 3);
    double attention = recipe.fusion().attention().type().equals("self") ? 0.1 : 0;
    return 0.9 + attention - 0.1 * off - 0.3 / epoch;
  }

  /** A function in place of a training. */
  interface Training {
    History.Epoch train(Recipe recipe, Trials.Watch watch) throws Exception;
  }

  static Trial trial(Training training) {
    return (recipe, rule) -> Outcome.of(watch -> training.train(recipe, watch), rule);
  }

  static History.Epoch train(Recipe recipe, Trials.Watch watch) {
    History.Epoch last = null;
    boolean goOn = true;
    for (int epoch = 1; goOn && epoch <= EPOCHS; epoch++) {
      last = epoch(epoch, score(recipe, epoch));
      goOn = watch.goOn(last);
    }
    return last;
  }

  static History.Epoch epoch(int number, double score) {
    return new History.Epoch(number, 1, 1, 1 - score, Map.of("rocAuc", score), 0);
  }
}
