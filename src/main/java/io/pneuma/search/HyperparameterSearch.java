package io.pneuma.search;

import io.pneuma.config.Search;
import io.pneuma.config.Search.Generator;
import io.pneuma.config.SearchRecipes;
import io.pneuma.run.RunDirectory;
import io.pneuma.run.RunException;
import io.pneuma.training.Progress;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import org.deeplearning4j.arbiter.optimize.api.termination.MaxCandidatesCondition;
import org.deeplearning4j.arbiter.optimize.api.termination.MaxTimeCondition;
import org.deeplearning4j.arbiter.optimize.api.termination.TerminationCondition;
import org.deeplearning4j.arbiter.optimize.config.OptimizationConfiguration;
import org.deeplearning4j.arbiter.optimize.runner.IOptimizationRunner;
import org.deeplearning4j.arbiter.optimize.runner.LocalOptimizationRunner;
import org.deeplearning4j.core.storage.StatsStorageRouter;

/**
 * One search from its recipe to its leaderboard, in a run directory. It goes on with what is there:
 * a new directory holds nothing yet.
 */
public final class HyperparameterSearch {
  private static final double SECONDS_A_MINUTE = 60;

  private final SearchRecipes recipes;
  private final RunDirectory run;
  private final Progress progress;
  private final int limit;

  /**
   * A search that is yet to run.
   *
   * @throws io.pneuma.config.ConfigException when a grid is larger than the budget
   */
  public HyperparameterSearch(SearchRecipes recipes, RunDirectory run, Progress progress) {
    this.recipes = recipes;
    this.run = run;
    this.progress = progress;
    this.limit = limit(recipes);
  }

  /**
   * The most candidates that a search will train; as many as an int can hold for no limit.
   *
   * @throws io.pneuma.config.ConfigException when a grid is larger than the budget
   */
  public static int limit(SearchRecipes recipes) {
    Search search = recipes.search();
    return search.generator() == Generator.GRID
        ? Generators.checkGrid(search, recipes::applicable)
        : search.budget().candidates().orElse(Integer.MAX_VALUE);
  }

  /**
   * Trains candidates until the budget is spent or no others are left.
   *
   * @param workers candidates that train at once
   * @param pages where to post what Arbiter's page shows
   * @param session the search's name there
   * @throws IOException when results cannot be written
   */
  public Leaderboard run(
      Trial trial, int workers, Optional<StatsStorageRouter> pages, String session)
      throws IOException {
    try (CandidateFile file = CandidateFile.open(run.candidates())) {
      List<CandidateRecord> before = file.records();
      double elapsed = before.stream().mapToDouble(CandidateRecord::elapsed).max().orElse(0);
      Search search = recipes.search();
      boolean inRounds = search.generator() == Generator.GENETIC || search.pruneAfter().isPresent();
      Proposals proposals =
          new Proposals(
              Generators.of(search, recipes.base().seed()),
              recipes::applicable,
              limit,
              inRounds,
              before);
      double seconds =
          search.budget().minutes().orElse(Integer.MAX_VALUE) * SECONDS_A_MINUTE - elapsed;
      if (seconds > 0 && !proposals.isExhausted()) {
        TrialTasks tasks = new TrialTasks(recipes, trial, proposals, new Clock(elapsed));
        execute(tasks, proposals, file, seconds, workers, pages, session);
      }
      return new Leaderboard(search, file.records());
    }
  }

  private void execute(
      TrialTasks tasks,
      Proposals proposals,
      CandidateFile file,
      double seconds,
      int workers,
      Optional<StatsStorageRouter> pages,
      String session)
      throws IOException {
    Search search = recipes.search();
    List<TerminationCondition> conditions = new ArrayList<>();
    if (limit < Integer.MAX_VALUE) {
      conditions.add(new MaxCandidatesCondition(limit - file.records().size()));
    }
    if (search.budget().minutes().isPresent()) {
      conditions.add(new MaxTimeCondition((long) (seconds * 1000), TimeUnit.MILLISECONDS));
    }
    conditions.add(new Ended(proposals, tasks));
    OptimizationConfiguration configuration =
        new OptimizationConfiguration.Builder()
            .candidateGenerator(proposals)
            .dataSource(ValidationSplit.class, new Properties())
            .modelSaver(new SavedCandidates(file))
            .scoreFunction(new ValidationScore(search))
            .terminationConditions(conditions)
            .build();
    LocalOptimizationRunner runner = new LocalOptimizationRunner(workers, configuration, tasks);
    pages.ifPresent(
        router -> runner.addListeners(new ArbiterPage(router, session, recipes, limit, file)));
    try (SearchProgress shown = new SearchProgress(search, progress, limit, file.records())) {
      runner.addListeners(shown);
      runner.execute();
    }
    rethrow(tasks.fatal());
  }

  private static void rethrow(Throwable fatal) throws IOException {
    if (fatal instanceof IOException e) {
      throw e;
    }
    if (fatal instanceof RuntimeException e) {
      throw e;
    }
    if (fatal instanceof Error e) {
      throw e;
    }
    if (fatal != null) {
      throw new RunException("the search cannot go on: " + fatal, fatal);
    }
  }

  /**
   * Ends the runner when there is nothing left to propose, which alone would not end it, or when
   * the search itself has failed.
   */
  private record Ended(Proposals proposals, TrialTasks tasks) implements TerminationCondition {
    @Override
    public void initialize(IOptimizationRunner runner) {}

    @Override
    public boolean terminate(IOptimizationRunner runner) {
      return tasks.fatal() != null
          || (runner.numCandidatesQueued() == 0 && proposals.isExhausted());
    }
  }
}
