package io.pneuma.cli;

import io.pneuma.config.Recipe;
import io.pneuma.images.Dataset;
import io.pneuma.images.Folds;
import io.pneuma.images.Folds.Fold;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * A member of the ensemble that a recipe with folds or seeds trains.
 *
 * @param name such as fold-2-seed-1
 * @param held what its validation split is, as in cluster=2; empty for a share of the patients
 * @param data that it trains on and chooses by; the test split is every member's
 */
record Part(String name, String held, long seed, Dataset data) {

  static boolean isAlone(Recipe recipe) {
    return recipe.evaluation().folds().isEmpty() && recipe.evaluation().seeds() == 1;
  }

  /** The members of a recipe; images are split by the recipe's own seed for all of them. */
  static List<Part> of(Recipe recipe, Dataset data) throws IOException {
    int seeds = recipe.evaluation().seeds();
    boolean folded = recipe.evaluation().folds().isPresent();
    List<Fold> folds =
        folded
            ? new Folds(recipe.data(), recipe.seed())
                .forTraining(data, recipe.evaluation().folds().get())
            : List.of(new Fold("", data));
    List<Part> parts = new ArrayList<>();
    for (int fold = 0; fold < folds.size(); fold++) {
      for (int nth = 0; nth < seeds; nth++) {
        long seed = recipe.seed() + nth;
        String name = folded ? "fold-" + (fold + 1) : "";
        name += seeds > 1 ? (name.isEmpty() ? "" : "-") + "seed-" + seed : "";
        parts.add(new Part(name, folds.get(fold).held(), seed, folds.get(fold).data()));
      }
    }
    return parts;
  }

  /** As shown while it trains. */
  String title() {
    return held.isEmpty() ? name : name + ", without " + held;
  }

  /** What makes the ensemble's recipe this member's. */
  List<String> changes() {
    return List.of("evaluation.folds=none", "evaluation.seeds=1", "seed=" + seed);
  }
}
