package io.pneuma.search;

import io.pneuma.config.SearchRecipes;
import io.pneuma.run.History;
import io.pneuma.search.CandidateRecord.Status;
import java.util.ArrayList;
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
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What Arbiter's runner does for a candidate. Arbiter's own tasks build networks of one fixed
 * shape, save each, and end with a sleep of two seconds.
 */
final class TrialTasks implements TaskCreator {
  private static final Logger LOG = LoggerFactory.getLogger(TrialTasks.class);

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

  private CandidateRecord trial(int index, Map<String, Object> values) {
    long started = System.nanoTime();
    String objective = recipes.search().objective();
    List<Double> curve = new ArrayList<>();
    String[] prunedWhy = {""};
    History.Epoch kept = null;
    Status status = Status.COMPLETE;
    String reason = "";
    try {
      MedianRule rule =
          new MedianRule(
              recipes.search().pruneAfter().orElse(Integer.MAX_VALUE),
              recipes.search().minimises(),
              proposals.curvesBefore(index));
      kept =
          trial.train(
              recipes.candidate(values).recipe(),
              epoch -> {
                curve.add(epoch.metrics().get(objective));
                if (rule.isHopeless(curve)) {
                  prunedWhy[0] = "worse than the median after epoch " + epoch.epoch();
                }
                return prunedWhy[0].isEmpty();
              });
      reason = prunedWhy[0];
      status = reason.isEmpty() ? Status.COMPLETE : Status.PRUNED;
      if (!Double.isFinite(kept.metrics().get(objective))) {
        status = Status.FAILED;
        reason = objective + " is undefined on validation at epoch " + kept.epoch();
      }
    } catch (Exception | OutOfMemoryError | StackOverflowError e) {
      LOG.info("candidate {} failed", index, e);
      status = Status.FAILED;
      reason = reason(e);
    }
    boolean failed = status == Status.FAILED;
    return new CandidateRecord(
        index,
        values,
        status,
        failed ? Double.NaN : kept.metrics().get(objective),
        failed ? Double.NaN : kept.validationLoss(),
        failed ? Map.of() : kept.metrics(),
        List.copyOf(curve),
        failed ? 0 : kept.epoch(),
        (System.nanoTime() - started) / 1e9,
        clock.seconds(),
        System.currentTimeMillis(),
        reason);
  }

  private static String reason(Throwable failure) {
    if (failure instanceof OutOfMemoryError) {
      return "out of memory: " + failure.getMessage();
    }
    String message = failure.getMessage();
    boolean explained = failure.getClass().getName().startsWith("io.pneuma");
    return explained && message != null ? message : failure.toString();
  }
}
