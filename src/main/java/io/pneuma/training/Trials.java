package io.pneuma.training;

import io.pneuma.computation.Shape;
import io.pneuma.config.Recipe;
import io.pneuma.config.Recipe.Augmentation;
import io.pneuma.config.Recipe.BackboneSpec;
import io.pneuma.config.Recipe.Fusion;
import io.pneuma.features.CopiedShelf;
import io.pneuma.features.FeatureBank;
import io.pneuma.images.Dataset;
import io.pneuma.network.FusionNetwork;
import io.pneuma.network.MemoryEstimate;
import io.pneuma.platform.OneThread;
import io.pneuma.run.History;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
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
      boolean shifts) {
    static Frozen of(Recipe recipe) {
      return new Frozen(
          recipe.backbones(),
          recipe.data().imageSize(),
          recipe.augmentation(),
          Math.min(recipe.augmentation().views(), recipe.training().epochs()),
          recipe.choosesByShift());
    }
  }

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

  /** The images, of all parts. */
  public Dataset data() {
    return data;
  }

  /**
   * Trains one recipe as a run of its own would.
   *
   * @param watch called after each epoch, on this thread
   * @return the epoch that the run would keep
   * @throws TrainingException when training diverges
   */
  public History.Epoch train(Recipe recipe, Watch watch) throws IOException {
    ReadyTrial trial = ready(recipe, data);
    if (!recipe.allFrozen()) {
      return trial.trainWhole(data, run -> run.probe(bankFolder), watch);
    }
    FeatureBank bank = bank(recipe);
    cores.readLock().lock();
    try {
      return trial.train(data, bank, watch);
    } finally {
      cores.readLock().unlock();
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
    ReadyTrial trial = ready(recipe.withSeed(seed), part);
    cores.readLock().lock();
    try {
      return trial.answers(part, bank);
    } finally {
      cores.readLock().unlock();
    }
  }

  /**
   * Makes a trial ready for a machine that has no bank.
   *
   * @param part of the images of these trials
   * @throws TrainingException when the recipe cannot train on them
   */
  public ReadyTrial ready(Recipe recipe, Dataset part) throws IOException {
    return ReadyTrial.of(recipe, part, Sampling.weights(recipe, part, bankFolder, Progress.SILENT));
  }

  /** Copies of the features that trials read, for machines that have no bank. */
  public final class Copies {
    private final Dataset part;
    private final Path folder;
    private final Map<Frozen, List<CopiedShelf>> made = new HashMap<>();

    /**
     * No copy is made yet.
     *
     * @param part of the images, with all that trials read
     */
    private Copies(Dataset part, Path folder) {
      this.part = part;
      this.folder = folder;
    }

    /**
     * What a recipe's trials read. What the bank lacks of it is computed first.
     *
     * @return for each backbone files in the folder; none where trials read images alone
     */
    public synchronized List<CopiedShelf> of(Recipe recipe) throws IOException {
      Recipe head = recipe.allFrozen() ? recipe : recipe.probe();
      if (head.training().epochs() == 0) {
        return List.of();
      }
      List<CopiedShelf> copy = made.get(Frozen.of(head));
      if (copy == null) {
        copy = bank(head).copy(TrainingRun.views(head, part), folder);
        made.put(Frozen.of(head), copy);
      }
      return copy;
    }
  }

  /**
   * Copies of features.
   *
   * @param part of the images of these trials, with all that will be read
   * @param folder that the files are put into
   */
  public Copies copies(Dataset part, Path folder) {
    return new Copies(part, folder);
  }

  private FeatureBank bank(Recipe recipe) throws IOException {
    Frozen frozen = Frozen.of(recipe);
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
        if (workforce == Workforce.HERE) {
          useAllCores();
        }
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
