package io.pneuma.search;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.pneuma.config.Search;
import io.pneuma.config.SearchRecipes;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.deeplearning4j.arbiter.optimize.api.CandidateGenerator;
import org.deeplearning4j.arbiter.optimize.api.OptimizationResult;
import org.deeplearning4j.arbiter.optimize.api.ParameterSpace;
import org.deeplearning4j.arbiter.optimize.api.termination.MaxCandidatesCondition;
import org.deeplearning4j.arbiter.optimize.api.termination.MaxTimeCondition;
import org.deeplearning4j.arbiter.optimize.api.termination.TerminationCondition;
import org.deeplearning4j.arbiter.optimize.config.OptimizationConfiguration;
import org.deeplearning4j.arbiter.optimize.generator.RandomSearchGenerator;
import org.deeplearning4j.arbiter.optimize.runner.CandidateInfo;
import org.deeplearning4j.arbiter.optimize.runner.CandidateStatus;
import org.deeplearning4j.arbiter.optimize.runner.IOptimizationRunner;
import org.deeplearning4j.arbiter.optimize.runner.listener.BaseStatusListener;
import org.deeplearning4j.arbiter.optimize.serde.jackson.JsonMapper;
import org.deeplearning4j.arbiter.ui.data.GlobalConfigPersistable;
import org.deeplearning4j.arbiter.ui.data.ModelInfoPersistable;
import org.deeplearning4j.core.storage.StatsStorageRouter;
import org.nd4j.shade.jackson.annotation.JsonCreator;
import org.nd4j.shade.jackson.annotation.JsonProperty;

/**
 * Posts a search to Arbiter's page. Arbiter's own listener posts the search's objects as they are,
 * which the page can read back for its own spaces and generators alone, and stamps a result with
 * the time at which its candidate began, so that the page does not see the last one.
 */
final class ArbiterPage extends BaseStatusListener {
  private final StatsStorageRouter router;
  private final String session;
  private final SearchRecipes recipes;
  private final int limit;
  private final CandidateFile file;

  ArbiterPage(
      StatsStorageRouter router,
      String session,
      SearchRecipes recipes,
      int limit,
      CandidateFile file) {
    this.router = router;
    this.session = session;
    this.recipes = recipes;
    this.limit = limit;
    this.file = file;
  }

  @Override
  public synchronized void onInitialization(IOptimizationRunner runner) {
    postSearch(runner);
    file.records().forEach(this::post);
  }

  @Override
  public synchronized void onRunnerStatusChange(IOptimizationRunner runner) {
    postSearch(runner);
  }

  @Override
  public synchronized void onCandidateStatusChange(
      CandidateInfo info, IOptimizationRunner runner, OptimizationResult result) {
    if (result != null) {
      post((CandidateRecord) result.getModelSpecificResults());
    } else {
      router.putUpdate(
          candidate(info.getIndex(), info.getCreatedTime(), CandidateStatus.Running).build());
    }
  }

  private ModelInfoPersistable.Builder candidate(int index, long time, CandidateStatus status) {
    return new ModelInfoPersistable.Builder()
        .sessionId(session)
        .workerId(String.valueOf(index))
        .modelIdx(index)
        .timestamp(time)
        .lastUpdateTime(time)
        .status(status);
  }

  private void post(CandidateRecord candidate) {
    boolean failed = candidate.hasFailed();
    CandidateStatus status = failed ? CandidateStatus.Failed : CandidateStatus.Complete;
    ModelInfoPersistable.Builder page =
        candidate(candidate.index(), candidate.finished(), status)
            .lastUpdateTime(candidate.finished() + (long) (candidate.seconds() * 1000))
            .modelConfigJson(text(candidate))
            .exceptionStackTrace(failed ? candidate.reason() : null);
    if (!failed) {
      int[] epochs = IntStream.rangeClosed(1, candidate.epochs()).toArray();
      float[] scores = new float[epochs.length];
      IntStream.range(0, scores.length)
          .forEach(i -> scores[i] = candidate.curve().get(i).floatValue());
      page.score(candidate.score()).scoreVsIter(epochs, scores);
    }
    router.putUpdate(page.build());
  }

  private static String text(CandidateRecord candidate) {
    Map<String, Object> shown = new LinkedHashMap<>(candidate.values());
    shown.put("ended", candidate.status());
    shown.put("keptEpoch", candidate.keptEpoch());
    shown.put("validation", candidate.metrics());
    try {
      return new ObjectMapper().writerWithDefaultPrettyPrinter().writeValueAsString(shown);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e); // Strings and numbers can be written.
    }
  }

  private void postSearch(IOptimizationRunner runner) {
    List<CandidateRecord> records = file.records();
    int failed = (int) records.stream().filter(CandidateRecord::hasFailed).count();
    int queued = runner.numCandidatesQueued();
    router.putStaticInfo(
        new GlobalConfigPersistable.Builder()
            .sessionId(session)
            .timestamp(System.currentTimeMillis())
            .optimizationConfigJson(configuration(runner))
            .candidateCounts(queued, records.size() - failed, failed, records.size() + queued)
            .optimizationRunner(runner.getClass().getSimpleName())
            .build());
  }

  private String configuration(IOptimizationRunner runner) {
    Search search = recipes.search();
    List<TerminationCondition> budget = new ArrayList<>();
    if (limit < Integer.MAX_VALUE) {
      budget.add(new MaxCandidatesCondition(limit));
    }
    search
        .budget()
        .minutes()
        .ifPresent(minutes -> budget.add(new MaxTimeCondition(minutes, TimeUnit.MINUTES)));
    OptimizationConfiguration shown =
        new OptimizationConfiguration.Builder()
            .candidateGenerator(shown(search))
            .dataSource(ValidationSplit.class, new Properties())
            .modelSaver(new SavedCandidates())
            .scoreFunction(new ValidationScore(search))
            .terminationConditions(budget)
            .build();
    double before = file.records().stream().mapToLong(CandidateRecord::finished).min().orElse(0);
    long started = runner.getConfiguration().getExecutionStartTime();
    shown.setExecutionStartTime(before > 0 ? Math.min(started, (long) before) : started);
    try {
      return JsonMapper.getMapper().writeValueAsString(shown);
    } catch (org.nd4j.shade.jackson.core.JsonProcessingException e) {
      throw new IllegalStateException(e); // The pages' test writes and reads all of it.
    }
  }

  private static CandidateGenerator shown(Search search) {
    SearchSpace space = new SearchSpace(search.space());
    return switch (search.generator()) {
      case RANDOM -> new RandomSearch(space);
      case GRID -> new GridSearch(space);
      case GENETIC -> new GeneticSearch(space);
    };
  }

  // The page shows a generator's class and its space, and makes one again from JSON at each look.

  /** Stands for a random search on the page. */
  static final class RandomSearch extends RandomSearchGenerator {
    @JsonCreator
    RandomSearch(@JsonProperty("parameterSpace") ParameterSpace<?> space) {
      super(space);
    }
  }

  /** Stands for a grid search on the page. */
  static final class GridSearch extends RandomSearchGenerator {
    @JsonCreator
    GridSearch(@JsonProperty("parameterSpace") ParameterSpace<?> space) {
      super(space);
    }
  }

  /** Stands for a genetic search on the page. */
  static final class GeneticSearch extends RandomSearchGenerator {
    @JsonCreator
    GeneticSearch(@JsonProperty("parameterSpace") ParameterSpace<?> space) {
      super(space);
    }
  }
}
