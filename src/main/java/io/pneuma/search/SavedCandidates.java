package io.pneuma.search;

import java.io.IOException;
import java.util.List;
import org.deeplearning4j.arbiter.optimize.api.OptimizationResult;
import org.deeplearning4j.arbiter.optimize.api.saving.ResultReference;
import org.deeplearning4j.arbiter.optimize.api.saving.ResultSaver;

/**
 * Saves what a candidate scored, and no model: the winner is trained again from its recipe,
 * exactly. Written as JSON for Arbiter's page.
 */
final class SavedCandidates implements ResultSaver {
  private transient CandidateFile file;

  SavedCandidates() {}

  SavedCandidates(CandidateFile file) {
    this.file = file;
  }

  @Override
  public ResultReference saveModel(OptimizationResult result, Object candidate) throws IOException {
    file.append((CandidateRecord) candidate);
    return null;
  }

  @Override
  public List<Class<?>> getSupportedCandidateTypes() {
    return List.of(Object.class);
  }

  @Override
  public List<Class<?>> getSupportedModelTypes() {
    return List.of(CandidateRecord.class);
  }

  @Override
  public String toString() {
    return "candidates.jsonl, no models";
  }
}
