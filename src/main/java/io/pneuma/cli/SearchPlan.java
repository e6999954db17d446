package io.pneuma.cli;

import io.pneuma.config.Recipe;
import io.pneuma.config.Recipe.Augmentation;
import io.pneuma.config.Recipe.BackboneSpec;
import io.pneuma.config.SearchRecipes;
import io.pneuma.search.HyperparameterSearch;
import io.pneuma.training.Outlook;
import io.pneuma.training.Progress;
import io.pneuma.training.Trials;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What a search would take: its candidates lie between the extremes of its space. */
final class SearchPlan {
  private static final double SECONDS_A_MINUTE = 60;

  private SearchPlan() {}

  /** All that features and the pace of a training depend on. */
  private record Kind(
      List<BackboneSpec> backbones, int imageSize, Augmentation augmentation, int views) {
    static Kind of(Recipe recipe) {
      int views = Math.min(recipe.augmentation().views(), recipe.training().epochs());
      return new Kind(recipe.backbones(), recipe.data().imageSize(), recipe.augmentation(), views);
    }
  }

  static void show(Plan plan, SearchRecipes recipes, Path bank) throws IOException {
    List<Recipe> extremes = new ArrayList<>();
    for (Recipe extreme : recipes.extremes()) {
      extremes.add(plan.local(extreme));
    }
    boolean heads = extremes.stream().allMatch(Recipe::allFrozen);
    int workers;
    try (Trials trials = new Trials(plan.data(), bank, Progress.SILENT)) {
      long each = trials.estimatedBytes(extremes);
      long shared = heads ? plan.rehearsal().estimatedBytes() : 0;
      workers = SearchCommand.workers(heads, plan.memory(), shared, each);
      plan.showMemory(shared + workers * each);
    }
    Map<Kind, Outlook> outlooks = new LinkedHashMap<>();
    double seconds = 0;
    for (Recipe extreme : extremes) {
      if (!outlooks.containsKey(Kind.of(extreme))) {
        outlooks.put(Kind.of(extreme), plan.rehearsal(extreme).measure(bank));
      }
      seconds += plan.training(outlooks.get(Kind.of(extreme)), extreme.training().epochs());
    }
    seconds /= extremes.size();
    int missing = outlooks.values().stream().mapToInt(Outlook::missing).sum();
    plan.showViews(
        missing,
        outlooks.values().stream().mapToInt(Outlook::views).sum(),
        outlooks.values().stream().mapToLong(Outlook::bytes).sum());
    double most = recipes.search().budget().minutes().orElse(Integer.MAX_VALUE) * SECONDS_A_MINUTE;
    double all = Math.min(most, HyperparameterSearch.limit(recipes) * seconds / workers);
    long candidates =
        Math.min(HyperparameterSearch.limit(recipes), Math.round(all * workers / seconds));
    plan.showTime(
        missing,
        outlooks.values().stream().mapToDouble(Outlook::featurising).sum(),
        all,
        "for about %d candidates, %d at a time, %s each"
            .formatted(candidates, workers, BarText.time(seconds)));
  }
}
