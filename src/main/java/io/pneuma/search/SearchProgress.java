package io.pneuma.search;

import io.pneuma.config.Search;
import io.pneuma.training.Progress;
import java.util.List;
import java.util.Locale;
import org.deeplearning4j.arbiter.optimize.api.OptimizationResult;
import org.deeplearning4j.arbiter.optimize.runner.CandidateInfo;
import org.deeplearning4j.arbiter.optimize.runner.IOptimizationRunner;
import org.deeplearning4j.arbiter.optimize.runner.listener.BaseStatusListener;

/** Shows on the terminal how far a search has come. */
final class SearchProgress extends BaseStatusListener implements AutoCloseable {
  private final Search search;
  private final Progress progress;
  private final Progress.Task task;
  private final String of;
  private int ended;
  private CandidateRecord best;

  SearchProgress(Search search, Progress progress, int limit, List<CandidateRecord> before) {
    this.search = search;
    this.progress = progress;
    this.ended = before.size();
    this.of = limit == Integer.MAX_VALUE ? "" : "/" + limit;
    before.forEach(this::isBest);
    task = progress.start("searching", ended, limit, "candidates");
  }

  private boolean isBest(CandidateRecord candidate) {
    boolean better =
        candidate.isComplete()
            && (best == null || Leaderboard.order(search).compare(candidate, best) < 0);
    best = better ? candidate : best;
    return better;
  }

  @Override
  public synchronized void onCandidateStatusChange(
      CandidateInfo info, IOptimizationRunner runner, OptimizationResult result) {
    if (result == null) {
      return; // It only begins.
    }
    CandidateRecord candidate = (CandidateRecord) result.getModelSpecificResults();
    ended++;
    boolean isBest = isBest(candidate);
    task.at(ended);
    if (best != null) {
      task.note(text("best %s %.4f", search.objective(), best.score()));
    }
    progress.line(
        text("candidate %d (%d%s): ", candidate.index(), ended, of)
            + (candidate.hasFailed()
                ? "failed: " + candidate.reason().lines().findFirst().orElse("")
                : text("%s %.4f", search.objective(), candidate.score()))
            + text(", %d epochs, %.1f s", candidate.epochs(), candidate.seconds())
            + (candidate.hasFailed() || candidate.isComplete() ? "" : ", " + candidate.reason())
            + (isBest ? ", best" : "")
            + "; "
            + candidate.values());
  }

  private static String text(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }

  @Override
  public void close() {
    task.close();
  }
}
