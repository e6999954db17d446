package io.pneuma.cluster;

import io.pneuma.audit.AuditWorkforce;
import io.pneuma.images.Dataset;
import io.pneuma.images.Inspector;
import io.pneuma.prediction.Predictor;
import io.pneuma.prediction.Respondent;
import io.pneuma.reproduction.Reproduction;
import io.pneuma.search.Outcome;
import io.pneuma.search.Trial;
import io.pneuma.training.Trials;
import io.pneuma.training.Workforce;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.ServiceLoader;

/** Machines that share the work of a verb; what is not said otherwise is done by this one. */
public interface Cluster extends AutoCloseable {
  /** This machine alone. */
  Cluster HERE = () -> "this machine";

  /** Who brings them, found by {@link ServiceLoader}. */
  interface Provider {
    /**
     * Reaches a cluster.
     *
     * @param master as Spark names it, for instance {@code spark://host:7077} or {@code local[2]}
     * @param name of the work there
     * @param cache the folder of what may be computed again
     * @throws ClusterException when it cannot be reached
     */
    Cluster open(String master, String name, Path cache);
  }

  /**
   * Reaches a cluster by the provider that this program was built with.
   *
   * @throws ClusterException when there is none, or the cluster cannot be reached
   */
  static Cluster open(String master, String name, Path cache) {
    return ServiceLoader.load(Provider.class)
        .findFirst()
        .orElseThrow(
            () ->
                new ClusterException(
                    "this Pneuma was built without Spark; call it by ./run.sh of the sources, which"
                        + " builds it with Spark where --spark is given"))
        .open(master, name, cache);
  }

  /** What it is, for whoever watches. */
  String description();

  /** Reads and decodes the files of a data set once. */
  default Inspector inspector() {
    return Inspector.HERE;
  }

  /** Does the heavy work of trainings. */
  default Workforce training() {
    return Workforce.HERE;
  }

  /**
   * Trainings that can be at work at a time.
   *
   * @param heads whether they are of heads alone
   * @param here how many this machine can have
   */
  default int trainings(boolean heads, int here) {
    return here;
  }

  /**
   * Trains the candidates of a search.
   *
   * @param trials on the images of the search
   */
  default Trial candidates(Trials trials) {
    return (recipe, rule) -> Outcome.of(watch -> trials.train(recipe, watch), rule);
  }

  /**
   * Trains heads on folds.
   *
   * @param trials on the images of all folds
   */
  default Reproduction.Heads heads(Trials trials, List<Dataset> folds) {
    return (recipe, seed, fold) -> trials.answers(recipe, seed, folds.get(fold));
  }

  /**
   * Who answers for image files in a predictor's place, the same to the last digit.
   *
   * @param predictor which must stay open
   */
  default Respondent respondent(Predictor predictor) throws IOException {
    return predictor::answer;
  }

  /** Does the heavy work of an audit. */
  default AuditWorkforce audit() {
    return AuditWorkforce.HERE;
  }

  /** Lets the machines go. */
  @Override
  default void close() {}
}
