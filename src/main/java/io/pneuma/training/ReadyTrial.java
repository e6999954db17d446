package io.pneuma.training;

import io.pneuma.config.Recipe;
import io.pneuma.config.Recipe.BackboneSpec;
import io.pneuma.features.StoredFeatures;
import io.pneuma.images.Dataset;
import io.pneuma.images.LabelledImage;
import io.pneuma.network.FusionNetwork;
import io.pneuma.platform.Processor;
import io.pneuma.run.History;
import java.io.IOException;
import java.io.Serializable;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.graph.ComputationGraph;

/**
 * The training of a recipe with all that it takes beside its images or their features, so that it
 * is the same wherever it is done.
 */
public final class ReadyTrial implements Serializable {
  private static final long serialVersionUID = 1;

  private final Recipe recipe;
  private final ComputationGraphConfiguration head; // null where backbones learn.
  private final double[] weights; // Of each training image; none where they are not weighed.

  private ReadyTrial(Recipe recipe, ComputationGraphConfiguration head, double[] weights) {
    this.recipe = recipe;
    this.head = head;
    this.weights = weights;
  }

  static ReadyTrial of(Recipe recipe, Dataset data, Map<LabelledImage, Double> weights)
      throws IOException {
    ComputationGraphConfiguration head =
        recipe.allFrozen()
            ? new FusionNetwork(recipe, Classes.weights(recipe, data)).headConfiguration()
            : null;
    double[] inOrder =
        weights.isEmpty()
            ? new double[0]
            : data.train().stream().mapToDouble(weights::get).toArray();
    return new ReadyTrial(recipe, head, inOrder);
  }

  /** The backbones, in the order of the recipe. */
  public List<BackboneSpec> backbones() {
    return recipe.backbones();
  }

  /** Whether the head alone learns. */
  public boolean isOfHead() {
    return head != null;
  }

  /** The same with the weights of its backbones elsewhere, and no table of its images. */
  public ReadyTrial with(List<BackboneSpec> backbones) {
    return new ReadyTrial(recipe.with(backbones).withoutTables(), head, weights);
  }

  /**
   * Trains on this machine.
   *
   * @param data that it was made ready for
   * @param features that the head learns from, or first learns from; null where it never does
   * @param watch called after each epoch, on this thread
   * @return the epoch that a run would keep
   * @throws TrainingException when training diverges
   */
  public History.Epoch train(Dataset data, StoredFeatures features, Trials.Watch watch)
      throws IOException {
    if (head == null) {
      return trainWhole(
          data,
          run -> {
            if (features != null) {
              run.probe(features, sampling(data), true);
            }
          },
          watch);
    }
    ComputationGraph graph = graph();
    try {
      return fit(trainer(data, new FeatureSource(recipe, features), 1), graph, data, watch);
    } finally {
      graph.close();
    }
  }

  /** What is done before backbones learn. */
  @FunctionalInterface
  interface Probe {
    void of(TrainingRun run) throws IOException;
  }

  /** Trains a whole network on this machine. */
  History.Epoch trainWhole(Dataset data, Probe probe, Trials.Watch watch) throws IOException {
    try (TrainingRun run = new TrainingRun(recipe, data, Progress.SILENT)) {
      probe.of(run);
      return fit(trainer(data, run.images(), Processor.cores()), run.whole(), data, watch);
    }
  }

  /**
   * Trains the head on this machine, and answers for the test split by the epoch that validation
   * chose.
   *
   * @param data that it was made ready for
   * @return for each test image the probability of each class
   * @throws TrainingException when training diverges
   */
  public double[][] answers(Dataset data, StoredFeatures features) throws IOException {
    ComputationGraph graph = graph();
    try {
      Trainer trainer = trainer(data, new FeatureSource(recipe, features), 1);
      trainer.trainToBest(graph, data.train(), data.validation());
      return trainer.outputs(graph, data.test()).probabilities();
    } finally {
      graph.close();
    }
  }

  private ComputationGraph graph() {
    ComputationGraph graph = new ComputationGraph(head);
    graph.init();
    return graph;
  }

  private Sampling sampling(Dataset data) {
    Map<LabelledImage, Double> byImage = new HashMap<>();
    for (int i = 0; i < weights.length; i++) {
      byImage.put(data.train().get(i), weights[i]);
    }
    return Sampling.of(recipe, byImage);
  }

  private Trainer trainer(Dataset data, BatchSource source, int threads) {
    return new Trainer(
        recipe, source, Classes.decision(recipe, data), threads, Progress.SILENT, sampling(data));
  }

  private static History.Epoch fit(
      Trainer trainer, ComputationGraph graph, Dataset data, Trials.Watch watch)
      throws IOException {
    History.Epoch[] kept = new History.Epoch[1];
    trainer.train(
        graph,
        Checkpoint.start(),
        Optional.empty(),
        (epoch, state, best, learning) -> {
          kept[0] = best ? epoch : kept[0];
          return watch.goOn(epoch);
        },
        data.train(),
        data.validation(),
        1);
    if (kept[0] == null) {
      throw new TrainingException("no epoch has a validation metric to choose it by");
    }
    return kept[0];
  }
}
