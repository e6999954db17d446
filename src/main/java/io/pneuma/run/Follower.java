package io.pneuma.run;

import io.pneuma.run.History.Epoch;
import java.util.List;
import java.util.Map;

/**
 * Follows a training from outside; what it does takes no time worth mentioning, and never fails.
 */
public interface Follower {
  /**
   * A training begins, or goes on.
   *
   * @param before the epochs that it has trained already
   */
  void begins(List<Epoch> before);

  /** An epoch has ended, and a resume goes on behind it. */
  void ended(Epoch epoch);

  /**
   * The best epoch has been measured.
   *
   * @param scores by split and name, as in {@code test/rocAuc}
   */
  void measured(Map<String, Double> scores);
}
