package io.pneuma.search;

import io.pneuma.config.ConfigException;
import io.pneuma.config.Recipe;
import io.pneuma.config.Search;
import io.pneuma.config.SearchRecipes;
import io.pneuma.search.CandidateRecord.Status;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.Callable;
import org.deeplearning4j.arbiter.optimize.api.Candidate;
import org.deeplearning4j.arbiter.optimize.api.OptimizationResult;
import org.deeplearning4j.arbiter.optimize.api.TaskCreator;
import org.deeplearning4j.arbiter.optimize.api.data.DataProvider;
import org.deeplearning4j.arbiter.optimize.api.data.DataSource;
import org.deeplearning4j.arbiter.optimize.api.score.ScoreFunction;
import org.deeplearning4j.arbiter.optimize.runner.CandidateInfo;
import org.deeplearning4j.arbiter.optimize.runner.CandidateStatus;
import org.deeplearning4j.arbiter.optimize.runner.IOptimizationRunner;
import org.deeplearning4j.arbiter.optimize.runner.listener.StatusListener;

/**
 * What Arbiter's runner does for a candidate. Arbiter's own tasks build networks of one fixed
 * shape, save each, and end with a sleep of two seconds.
 */
final class TrialTasks implements TaskCreator {
  private final SearchRecipes recipes;
  private final Trial trial;
  private final Proposals proposals;
  private final Clock clock;
  private volatile Throwable fatal;

  TrialTasks(SearchRecipes recipes, Trial trial, Proposals proposals, Clock clock) {
    this.recipes = recipes;
    this.trial = trial;
    this.proposals = proposals;
    this.clock = clock;
  }

  /** What ended the search rather than a candidate, or null. */
  Throwable fatal() {
    return fatal;
  }

  @Override
  @SuppressWarnings({"rawtypes", "deprecation"}) // Arbiter's signature
  public Callable<OptimizationResult> create(
      Candidate candidate,
      DataProvider provider,
      ScoreFunction score,
      List<StatusListener> listeners,
      IOptimizationRunner runner) {
    return create(candidate, null, null, score, listeners, runner);
  }

  @Override
  @SuppressWarnings("rawtypes") // Arbiter's signature
  public Callable<OptimizationResult> create(
      Candidate candidate,
      Class<? extends DataSource> source,
      Properties properties,
      ScoreFunction score,
      List<StatusListener> listeners,
      IOptimizationRunner runner) {
    return () -> {
      try {
        return run((Candidate<?>) candidate, List.copyOf(listeners), runner);
      } catch (Exception | Error e) { // The runner would count it as a failed candidate and go on.
        fatal = e;
        throw e;
      }
    };
  }

  private OptimizationResult run(
      Candidate<?> candidate, List<StatusListener> listeners, IOptimizationRunner runner)
      throws Exception {
    long created = System.currentTimeMillis();
    CandidateRecord ended = trial(candidate.getIndex(), Proposals.values(candidate));
    Double score = ended.hasFailed() ? null : (Double) ended.score();
    CandidateInfo info =
        new CandidateInfo(
            ended.index(),
            ended.hasFailed() ? CandidateStatus.Failed : CandidateStatus.Complete,
            score,
            created,
            created,
            ended.finished(),
            candidate.getFlatParameters(),
            ended.hasFailed() ? ended.reason() : null);
    OptimizationResult result =
        new OptimizationResult(candidate, score, ended.index(), ended, info, null);
    runner.getConfiguration().getResultSaver().saveModel(result, ended);
    proposals.finish(ended);
    listeners.forEach(listener -> listener.onCandidateStatusChange(info, runner, result));
    return result;
  }

  private CandidateRecord trial(int index, Map<String, Object> values) throws IOException {
    long started = System.nanoTime();
    Search search = recipes.search();
    Outcome outcome = outcome(index, values);
    boolean failed = outcome.kept() == null;
    boolean complete = outcome.reason().isEmpty();
    return new CandidateRecord(
        index,
        values,
        failed ? Status.FAILED : complete ? Status.COMPLETE : Status.PRUNED,
        failed ? Double.NaN : outcome.kept().metrics().get(search.objective()),
        failed ? Double.NaN : outcome.kept().validationLoss(),
        failed ? Map.of() : outcome.kept().metrics(),
        outcome.curve(),
        failed ? 0 : outcome.kept().epoch(),
        (System.nanoTime() - started) / 1e9,
        clock.seconds(),
        System.currentTimeMillis(),
        outcome.reason());
  }

  private Outcome outcome(int index, Map<String, Object> values) throws IOException {
    Recipe recipe;
    try {
      recipe = recipes.candidate(values).recipe();
    } catch (ConfigException e) {
      return Outcome.failed(e);
    }
    Search search = recipes.search();
    MedianRule rule =
        new MedianRule(
            search.objective(),
            search.minimises(),
            search.pruneAfter().orElse(Integer.MAX_VALUE),
            proposals.curvesBefore(index));
    return trial.train(recipe, rule);
  }
}
