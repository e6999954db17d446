package io.pneuma.search;

import io.pneuma.run.History;
import io.pneuma.training.Trials;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What came of the training of a candidate.
 *
 * @param kept the epoch that was kept; null when it failed
 * @param curve the objective after each epoch
 * @param reason why it failed or was given up; empty when complete
 */
public record Outcome(History.Epoch kept, List<Double> curve, String reason)
    implements Serializable {
  private static final Logger LOG = LoggerFactory.getLogger(Outcome.class);

  /** Copies the curve. */
  public Outcome {
    curve = List.copyOf(curve);
  }

  /** A training that asks after each epoch whether to go on; {@link Trials#train} is one. */
  @FunctionalInterface
  public interface Training {
    /**
     * Trains.
     *
     * @return the epoch that was kept
     * @throws Exception when this candidate cannot be trained, which the others may well be
     */
    History.Epoch run(Trials.Watch watch) throws Exception;
  }

  /** Trains on this machine, to the end or until a rule gives the candidate up. */
  public static Outcome of(Training training, MedianRule rule) {
    List<Double> curve = new ArrayList<>();
    String[] givenUp = {""};
    try {
      History.Epoch kept =
          training.run(
              epoch -> {
                curve.add(rule.score(epoch));
                if (rule.isHopeless(curve)) {
                  givenUp[0] = "worse than the median after epoch " + epoch.epoch();
                }
                return givenUp[0].isEmpty();
              });
      return Double.isFinite(rule.score(kept))
          ? new Outcome(kept, curve, givenUp[0])
          : new Outcome(
              null,
              curve,
              rule.objective() + " is undefined on validation at epoch " + kept.epoch());
    } catch (Exception | OutOfMemoryError | StackOverflowError e) {
      return failed(e, curve);
    }
  }

  /** Of a candidate whose training did not begin. */
  public static Outcome failed(Throwable failure) {
    return failed(failure, List.of());
  }

  private static Outcome failed(Throwable failure, List<Double> curve) {
    LOG.info("a candidate failed", failure);
    return new Outcome(null, curve, reason(failure));
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
