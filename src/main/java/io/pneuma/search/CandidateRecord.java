package io.pneuma.search;

import java.util.List;
import java.util.Map;

/**
 * What is kept of a finished candidate.
 *
 * @param index its place in the sequence of proposals, from 0
 * @param values for each key that varies its value
 * @param score the objective at the epoch that was kept; NaN when failed
 * @param validationLoss at that epoch; decides between equal scores
 * @param metrics of validation at that epoch
 * @param curve the objective after each epoch
 * @param keptEpoch the epoch that was kept, from 1; 0 when failed
 * @param seconds that its training took
 * @param elapsed seconds that the search had taken when it finished, interruptions not counted
 * @param finished milliseconds since 1970
 * @param reason why it failed or was given up; empty when complete
 */
record CandidateRecord(
    int index,
    Map<String, Object> values,
    Status status,
    double score,
    double validationLoss,
    Map<String, Double> metrics,
    List<Double> curve,
    int keptEpoch,
    double seconds,
    double elapsed,
    long finished,
    String reason) {

  /** How a candidate ended. */
  enum Status {
    COMPLETE,
    PRUNED,
    FAILED
  }

  boolean isComplete() {
    return status == Status.COMPLETE;
  }

  boolean hasFailed() {
    return status == Status.FAILED;
  }

  int epochs() {
    return curve.size();
  }
}
