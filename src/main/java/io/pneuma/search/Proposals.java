package io.pneuma.search;

import io.pneuma.run.RunException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.deeplearning4j.arbiter.optimize.api.Candidate;
import org.deeplearning4j.arbiter.optimize.api.CandidateGenerator;
import org.deeplearning4j.arbiter.optimize.api.OptimizationResult;
import org.deeplearning4j.arbiter.optimize.api.ParameterSpace;

/**
 * The sequence of a search's candidates: what one of Arbiter's generators proposes, each different
 * candidate once. It depends on the seed and on results in their order alone, however many train at
 * once and whenever they finish, so that a resumed search goes through the same sequence and passes
 * over what is done.
 */
final class Proposals implements CandidateGenerator {
  /**
   * Candidates proposed on the same results. A search that learns from results waits for all of a
   * round before it begins the next.
   */
  static final int ROUND = 8;

  /** Candidates in a row that were there before, upon which there are taken to be no others. */
  private static final int MOST_REPEATS = 1000;

  private final CandidateGenerator generator;
  private final UnaryOperator<Map<String, Object>> applicable;
  private final int limit;
  private final boolean inRounds;
  private final Map<Integer, CandidateRecord> finished = new HashMap<>();
  private final List<double[]> points = new ArrayList<>();
  private final Set<Object> proposed = new HashSet<>();
  private int reported;
  private Candidate<?> next;
  private boolean exhausted;

  /**
   * A sequence from its beginning.
   *
   * @param applicable leaves out of a candidate what has no effect
   * @param limit most candidates
   * @param inRounds whether proposals, or what becomes of candidates, depend on earlier results
   * @param before what finished before an interruption
   */
  Proposals(
      CandidateGenerator generator,
      UnaryOperator<Map<String, Object>> applicable,
      int limit,
      boolean inRounds,
      List<CandidateRecord> before) {
    this.generator = generator;
    this.applicable = applicable;
    this.limit = limit;
    this.inRounds = inRounds;
    before.forEach(this::finish);
  }

  /** The values of one of Arbiter's candidates. */
  @SuppressWarnings("unchecked") // as SearchSpace makes them
  static Map<String, Object> values(Candidate<?> candidate) {
    return (Map<String, Object>) candidate.getValue();
  }

  /** Takes in a candidate that ended, well or not. */
  synchronized void finish(CandidateRecord candidate) {
    finished.put(candidate.index(), candidate);
  }

  /** What a candidate may be judged by: the curves of those in earlier rounds. */
  synchronized List<List<Double>> curvesBefore(int index) {
    return finished.values().stream()
        .filter(other -> other.index() < index / ROUND * ROUND && !other.hasFailed())
        .map(CandidateRecord::curve)
        .toList();
  }

  /** True when no candidate is left to propose. */
  synchronized boolean isExhausted() {
    return !hasMoreCandidates() && exhausted;
  }

  /** True when a candidate can be proposed now. */
  @Override
  public synchronized boolean hasMoreCandidates() {
    while (next == null && !exhausted && canPropose()) {
      int index = points.size();
      Candidate<?> candidate = draw(index);
      if (candidate == null) {
        exhausted = true;
      } else {
        points.add(candidate.getFlatParameters());
        CandidateRecord before = finished.get(index);
        if (before == null) {
          next = candidate;
        } else if (!before.values().equals(values(candidate))) {
          throw new RunException(
              "candidate "
                  + index
                  + " of this run was "
                  + before.values()
                  + ", but the search now proposes "
                  + values(candidate)
                  + "; its seed, its space or Pneuma has changed: start a new search");
        }
      }
    }
    return next != null;
  }

  private boolean canPropose() {
    int index = points.size();
    exhausted = index >= limit;
    if (exhausted || !inRounds || index % ROUND != 0) {
      return !exhausted;
    }
    for (int i = reported; i < index; i++) {
      if (!finished.containsKey(i)) {
        return false;
      }
    }
    for (; reported < index; reported++) {
      CandidateRecord candidate = finished.get(reported);
      if (!candidate.hasFailed()) {
        Candidate<?> bred = new Candidate<>("", reported, points.get(reported), Map.of(), null);
        generator.reportResults(
            new OptimizationResult(bred, candidate.score(), reported, null, null, null));
      }
    }
    return true;
  }

  /** The next candidate that was not there before, or null. */
  private Candidate<?> draw(int index) {
    for (int i = 0; i < MOST_REPEATS && generator.hasMoreCandidates(); i++) {
      Candidate<?> drawn = generator.getCandidate();
      if (drawn.getException() != null) {
        return null; // The genetic search finds nothing new.
      }
      Map<String, Object> values = applicable.apply(values(drawn));
      if (proposed.add(values)) {
        return new Candidate<>(values, index, drawn.getFlatParameters(), null, null);
      }
    }
    return null;
  }

  @Override
  public synchronized Candidate<?> getCandidate() {
    Candidate<?> candidate = next;
    next = null;
    return candidate;
  }

  /** Nothing: the trials report themselves, failed ones included. */
  @Override
  public void reportResults(OptimizationResult result) {}

  @Override
  public ParameterSpace<?> getParameterSpace() {
    return generator.getParameterSpace();
  }

  @Override
  public void setRngSeed(long seed) {
    throw new UnsupportedOperationException("the seed is the recipe's");
  }

  @Override
  public Class<?> getCandidateType() {
    return Map.class;
  }
}
