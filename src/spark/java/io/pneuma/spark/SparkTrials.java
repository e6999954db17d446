package io.pneuma.spark;

import io.pneuma.config.Recipe;
import io.pneuma.config.Recipe.BackboneSpec;
import io.pneuma.config.WeightsSource.OfFile;
import io.pneuma.features.CopiedShelf;
import io.pneuma.images.Dataset;
import io.pneuma.inference.Featuriser;
import io.pneuma.search.MedianRule;
import io.pneuma.search.Outcome;
import io.pneuma.training.ReadyTrial;
import io.pneuma.training.TrainingException;
import io.pneuma.training.Trials;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.apache.spark.broadcast.Broadcast;

/**
 * Has executors train what the driver makes ready. Features, weights and what is known of the
 * images are sent once; for each training goes its recipe. Safe for any number of threads, each of
 * which waits for one training.
 */
final class SparkTrials {
  private final String id = UUID.randomUUID().toString();
  private final SparkCluster cluster;
  private final Trials trials;
  private final List<Dataset> parts;
  private final Trials.Copies copies;
  private final Broadcast<byte[]> packet;
  private final Set<String> sentFeatures = new HashSet<>();
  private final Map<Path, String> sentWeights = new HashMap<>();

  /**
   * Sends what is known of the images.
   *
   * @param read all images, in the splits whose features are read
   * @param parts that are trained on
   */
  SparkTrials(SparkCluster cluster, Trials trials, Dataset read, List<Dataset> parts) {
    this.cluster = cluster;
    this.trials = trials;
    this.parts = parts;
    this.copies = trials.copies(read, cluster.outbox());
    try {
      this.packet = cluster.spark().broadcast(Packet.pack(new ArrayList<>(parts)));
    } catch (IOException e) {
      throw new IllegalStateException(e); // Nothing is written but memory.
    }
  }

  /** Trains a candidate on the first part. */
  Outcome train(Recipe recipe, MedianRule rule) throws IOException {
    try {
      byte[] task;
      try {
        task = task(recipe, trials.ready(recipe, parts.get(0)), 0, rule);
      } catch (IOException | RuntimeException e) {
        return failed(e);
      }
      return run(task).candidate();
    } catch (RuntimeException e) { // Spark gave up on it.
      return failed(e);
    }
  }

  private Outcome failed(Exception failure) {
    cluster.requireThere(failure);
    return Outcome.failed(failure);
  }

  /** As {@link Trials#answers} does. */
  double[][] answers(Recipe recipe, long seed, int part) throws IOException {
    ReadyTrial trial = trials.ready(recipe.withSeed(seed), parts.get(part));
    TrialWork.Result result;
    try {
      result = run(task(recipe, trial, part, null));
    } catch (RuntimeException e) {
      cluster.requireThere(e);
      throw e;
    }
    if (result.failure() != null) {
      throw new TrainingException(result.failure());
    }
    return result.answers();
  }

  private byte[] task(Recipe recipe, ReadyTrial trial, int part, MedianRule rule)
      throws IOException {
    List<CopiedShelf> features = features(recipe);
    List<String> weights = trial.isOfHead() ? List.of() : weights(recipe);
    return Packet.pack(new Assignment(trial, part, features, weights, rule));
  }

  private List<CopiedShelf> features(Recipe recipe) throws IOException {
    List<CopiedShelf> shelves = copies.of(recipe);
    synchronized (sentFeatures) {
      for (CopiedShelf shelf : shelves) {
        for (String file : List.of(shelf.plain(), shelf.augmented())) {
          if (sentFeatures.add(file)) {
            cluster.spark().addFile(cluster.outbox().resolve(file).toString());
          }
        }
      }
    }
    return shelves;
  }

  private List<String> weights(Recipe recipe) throws IOException {
    List<String> names = new ArrayList<>();
    synchronized (sentWeights) {
      for (BackboneSpec backbone : recipe.backbones()) {
        if (backbone.weights() instanceof OfFile file) {
          String name = sentWeights.get(file.file());
          if (name == null) {
            name = cluster.send(file.file());
            sentWeights.put(file.file(), name);
          }
          names.add(name);
        } else {
          names.add("");
        }
      }
    }
    return names;
  }

  private TrialWork.Result run(byte[] task) throws IOException {
    TrialWork.Result[] result = new TrialWork.Result[1];
    Jobs.run(
        cluster.spark(),
        "training",
        List.of(task),
        new TrialWork(id, Featuriser.engineOf(TrialWork.EACH), packet),
        (index, done) -> result[0] = done);
    return result[0];
  }
}
