package io.pneuma.training;

import io.pneuma.computation.Shape;
import io.pneuma.config.Recipe;
import io.pneuma.config.Recipe.Augmentation;
import io.pneuma.config.Recipe.BackboneSpec;
import io.pneuma.config.Recipe.Fusion;
import io.pneuma.features.FeatureBank;
import io.pneuma.images.Dataset;
import io.pneuma.network.FusionNetwork;
import io.pneuma.network.MemoryEstimate;
import io.pneuma.platform.OneThread;
import io.pneuma.platform.Processor;
import io.pneuma.run.History;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.deeplearning4j.nn.graph.ComputationGraph;

/**
 * Trains many recipes on one set of images, for what they score alone: nothing is written but the
 * feature bank, which all share. A recipe scores here what it would in a run of its own. Recipes
 * with frozen backbones may train on several threads at once.
 */
public final class Trials implements AutoCloseable {
  private final Dataset data;
  private final Path bankFolder;
  private final Progress progress;
  private final Workforce workforce;
  private final Map<Frozen, FeatureBank> banks = new HashMap<>();

  // Featurising wants every core, and the number of threads is the whole process's: no head trains
  // meanwhile.
  private final ReadWriteLock cores = new ReentrantReadWriteLock();
  private OneThread oneThread;

  /** All that the features of a recipe depend on. */
  private record Frozen(
      List<BackboneSpec> backbones,
      int imageSize,
      Augmentation augmentation,
      int views,
      boolean shifts) {}

  /** Follows a training, epoch by epoch. */
  @FunctionalInterface
  public interface Watch {
    /** Returns whether it shall go on. */
    boolean goOn(History.Epoch epoch);
  }

  /**
   * Trials on these images.
   *
   * @param progress shown what is featurised; the trainings themselves are silent
   */
  public Trials(Dataset data, Path bankFolder, Progress progress) {
    this(data, bankFolder, progress, Workforce.HERE);
  }

  /** Trials on these images whose features are computed by others. */
  public Trials(Dataset data, Path bankFolder, Progress progress, Workforce workforce) {
    this.workforce = workforce;
    this.data = data;
    this.bankFolder = bankFolder;
    this.progress = progress;
  }

  /** What the memory of a training depends on. */
  private record Shape(List<BackboneSpec> backbones, int imageSize, Fusion fusion, int batchSize) {
    static Shape of(Recipe recipe) {
      return new Shape(
          recipe.backbones(),
          recipe.data().imageSize(),
          recipe.fusion(),
          recipe.training().batchSize());
    }
  }

  /** Native bytes that one training of the largest of these recipes needs beside what all share. */
  public long estimatedBytes(List<Recipe> recipes) throws IOException {
    Map<Shape, Recipe> shapes = new HashMap<>();
    recipes.forEach(recipe -> shapes.put(Shape.of(recipe), recipe));
    long most = 0;
    for (Recipe recipe : shapes.values()) {
      most = Math.max(most, estimatedBytes(recipe));
    }
    return most;
  }

  private long estimatedBytes(Recipe recipe) throws IOException {
    if (!recipe.allFrozen()) {
      return new TrainingRun(recipe, data, Progress.SILENT).estimatedBytes();
    }
    ComputationGraph head = new FusionNetwork(recipe, Classes.weights(recipe, data)).buildHead();
    try {
      return MemoryEstimate.head(head);
    } finally {
      head.close();
    }
  }

  /** Sees to it that the features of those recipes are there whose backbones are frozen. */
  public void prepare(List<Recipe> recipes) throws IOException {
    for (Recipe recipe : recipes) {
      if (recipe.allFrozen()) {
        bank(recipe);
      }
    }
  }

  /**
   * Trains one recipe as a run of its own would.
   *
   * @param watch called after each epoch, on this thread
   * @return the epoch that the run would keep
   * @throws TrainingException when training diverges
   */
  public History.Epoch train(Recipe recipe, Watch watch) throws IOException {
    if (!recipe.allFrozen()) {
      RunBackbones backbones = RunBackbones.load(recipe);
      TrainingRun run = new TrainingRun(recipe, backbones, data, Progress.SILENT, workforce);
      try {
        run.probe(bankFolder);
        return fit(recipe, run.images(), run.whole(), Processor.cores(), watch);
      } finally {
        run.closeBackbones();
      }
    }
    FeatureBank bank = bank(recipe);
    FusionNetwork network = new FusionNetwork(recipe, Classes.weights(recipe, data));
    cores.readLock().lock();
    try {
      return fit(recipe, new FeatureSource(recipe, bank), network.buildHead(), 1, watch);
    } finally {
      cores.readLock().unlock();
    }
  }

  private History.Epoch fit(
      Recipe recipe, BatchSource source, ComputationGraph graph, int threads, Watch watch)
      throws IOException {
    try {
      Trainer trainer =
          new Trainer(
              recipe,
              source,
              Classes.decision(recipe, data),
              threads,
              Progress.SILENT,
              Sampling.of(recipe, data, bankFolder, Progress.SILENT));
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
    } finally {
      graph.close();
    }
  }

  /**
   * Trains the head of a recipe with frozen backbones on a part of the images, and answers for its
   * test split by the epoch that validation chose. What is computed of the images is shared by all
   * parts and seeds.
   *
   * @param seed of this training alone
   * @param part of the images of these trials
   * @return for each test image the probability of each class
   * @throws TrainingException when training diverges
   */
  public double[][] answers(Recipe recipe, long seed, Dataset part) throws IOException {
    FeatureBank bank = bank(recipe);
    Recipe own = recipe.withSeed(seed);
    FusionNetwork network = new FusionNetwork(own, Classes.weights(own, part));
    cores.readLock().lock();
    ComputationGraph head = network.buildHead();
    try {
      FeatureSource source = new FeatureSource(own, bank);
      Trainer trainer =
          new Trainer(
              own,
              source,
              Classes.decision(own, part),
              1,
              Progress.SILENT,
              Sampling.of(own, part, bankFolder, Progress.SILENT));
      trainer.trainToBest(head, part.train(), part.validation());
      return trainer.outputs(head, part.test()).probabilities();
    } finally {
      head.close();
      cores.readLock().unlock();
    }
  }

  private FeatureBank bank(Recipe recipe) throws IOException {
    Frozen frozen =
        new Frozen(
            recipe.backbones(),
            recipe.data().imageSize(),
            recipe.augmentation(),
            Math.min(recipe.augmentation().views(), recipe.training().epochs()),
            recipe.choosesByShift());
    cores.readLock().lock(); // Others go on training while an open bank is looked up.
    try {
      FeatureBank bank = banks.get(frozen);
      if (bank != null && oneThread != null) {
        return bank;
      }
    } finally {
      cores.readLock().unlock();
    }
    cores.writeLock().lock();
    try {
      FeatureBank bank = banks.get(frozen);
      if (bank == null) {
        useAllCores();
        RunBackbones backbones = RunBackbones.load(recipe);
        bank = new TrainingRun(recipe, backbones, data, progress, workforce).bank(bankFolder);
        banks.put(frozen, bank);
      }
      if (oneThread == null) {
        oneThread = OneThread.start();
      }
      return bank;
    } finally {
      cores.writeLock().unlock();
    }
  }

  private void useAllCores() {
    if (oneThread != null) {
      oneThread.close();
      oneThread = null;
    }
  }

  @Override
  public void close() throws IOException {
    useAllCores();
    for (FeatureBank bank : banks.values()) {
      bank.close();
    }
  }
}
