package io.pneuma.training;

import io.pneuma.backprop.ForwardPass;
import io.pneuma.backprop.TrainingStep;
import io.pneuma.config.Recipe;
import io.pneuma.config.Recipe.EarlyStopping;
import io.pneuma.evaluation.Decision;
import io.pneuma.evaluation.Measurement;
import io.pneuma.evaluation.Metrics;
import io.pneuma.features.FeatureBank;
import io.pneuma.features.StoredFeatures;
import io.pneuma.graphfiles.ModelFile;
import io.pneuma.images.Attributes;
import io.pneuma.images.Dataset;
import io.pneuma.images.ImagePipeline;
import io.pneuma.images.ImageView;
import io.pneuma.images.LabelledImage;
import io.pneuma.images.Shift;
import io.pneuma.network.FusionNetwork;
import io.pneuma.network.MemoryEstimate;
import io.pneuma.platform.OneThread;
import io.pneuma.platform.Processor;
import io.pneuma.run.Follower;
import io.pneuma.run.History;
import io.pneuma.run.RunDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.optimize.api.TrainingListener;

/**
 * One run from recipe to metrics. With all backbones frozen their features are stored first and
 * only the head trains, and the trained head is put back behind them; otherwise the whole graph
 * trains.
 */
public final class TrainingRun implements AutoCloseable {
  private final Recipe recipe;
  private final Dataset data;
  private final Progress progress;
  private final Workforce workforce;
  private final ImagePipeline pipeline;
  private final Decision decision;
  private final Attributes attributes;
  private final FusionNetwork network;
  private final RunBackbones backbones;
  private ComputationGraph whole; // Built when it is first needed; large.

  /**
   * Loads the backbones as well.
   *
   * @throws TrainingException when data and recipe do not go together
   * @throws IOException when weights cannot be read or do not fit
   */
  public TrainingRun(Recipe recipe, Dataset data, Progress progress) throws IOException {
    this(recipe, RunBackbones.load(recipe), data, progress, Workforce.HERE);
  }

  /**
   * A run with backbones that are loaded already, on this machine.
   *
   * @throws TrainingException when data and recipe do not go together
   * @throws IOException when the recipe's attributes cannot be read, or know none of the images
   */
  public TrainingRun(Recipe recipe, RunBackbones backbones, Dataset data, Progress progress)
      throws IOException {
    this(recipe, backbones, data, progress, Workforce.HERE);
  }

  /**
   * A run with backbones that are loaded already; nothing is written yet.
   *
   * @throws TrainingException when data and recipe do not go together
   * @throws IOException when the recipe's attributes cannot be read, or know none of the images
   */
  public TrainingRun(
      Recipe recipe, RunBackbones backbones, Dataset data, Progress progress, Workforce workforce)
      throws IOException {
    this.recipe = recipe;
    this.backbones = backbones;
    this.data = data;
    this.progress = progress;
    this.workforce = workforce;
    this.pipeline =
        new ImagePipeline(recipe.data().imageSize(), recipe.augmentation(), recipe.seed());
    this.decision = Classes.decision(recipe, data);
    this.attributes = data.attributes(recipe.data());
    new BatchOfOne(recipe, backbones.units()).refuseLast(data.train().size());
    this.network = new FusionNetwork(recipe, backbones.units(), Classes.weights(recipe, data));
  }

  /**
   * How networks of a recipe decide while they train.
   *
   * @throws TrainingException when data and recipe do not go together
   */
  public static Decision decision(Recipe recipe, Dataset data) {
    return Classes.decision(recipe, data);
  }

  /** Whether a run has trained all epochs that a recipe asks for. */
  public static boolean isTrained(Recipe recipe, RunDirectory run) throws IOException {
    Path last = Checkpoint.last(run);
    return Files.exists(last) && Checkpoint.read(last).isEnd(recipe.training());
  }

  /** The epochs that a run has trained. */
  public static int epochsTrained(RunDirectory run) throws IOException {
    Path last = Checkpoint.last(run);
    return Files.exists(last) ? Checkpoint.read(last).epochs() : 0;
  }

  /** Number of minibatches in all epochs. */
  public long steps() {
    int batch = recipe.training().batchSize();
    return (long) recipe.training().epochs() * ((data.train().size() + batch - 1) / batch);
  }

  /** Native bytes that this run will need at its peak, estimated from its shapes. */
  public long estimatedBytes() {
    int size = recipe.data().imageSize();
    long backboneBytes = backbones.graphs().stream().mapToLong(MemoryEstimate::parameters).sum();
    if (!recipe.allFrozen()) {
      // Parameters, gradients and Adam's two moments; for validation weights as below.
      return backboneBytes
          + (averages() ? 10 : 8) * MemoryEstimate.parameters(whole())
          + TrainingStep.bytes(whole(), size, recipe.training().batchSize(), Processor.cores());
    }
    // Besides the backbones first their weights as Winograd's algorithm wants them, at most four
    // times as large; then the whole graph and the saved one that is held against it.
    return 5 * backboneBytes + FeatureBank.bytes(backbones.graphs(), size, Processor.cores());
  }

  /** Whether there is an average of the parameters, and a copy while it takes their place. */
  private boolean averages() {
    return recipe.training().regularization().averageDecay() > 0;
  }

  /** Gives back the memory of the backbones that {@link #whole} was made of. */
  void closeBackbones() {
    backbones.graphs().forEach(ComputationGraph::close);
  }

  /** Gives back the memory of all networks, once nothing more is asked of them. */
  @Override
  public void close() {
    closeBackbones();
    if (whole != null) {
      whole.close();
      whole = null;
    }
  }

  ComputationGraph whole() {
    if (whole == null) {
      whole = network.build(backbones.graphs());
    }
    return whole;
  }

  /**
   * Trains, evaluates and writes everything of a run directory that training gives.
   *
   * @param resume go on from the run's last checkpoint, if it has come that far
   * @param bankFolder where features are stored
   * @param listeners Deeplearning4j's, such as the training UI's
   * @param reportEvery iterations from one of their reports to the next
   * @param followers told of each epoch
   * @return the metrics of each split
   */
  public Map<String, Measurement> train(
      RunDirectory run,
      boolean resume,
      Path bankFolder,
      List<TrainingListener> listeners,
      int reportEvery,
      List<? extends Follower> followers)
      throws IOException {
    ShortcutCheck.write(run, data, recipe.seed(), bankFolder, progress);
    if (!recipe.allFrozen()) {
      if (!(resume && Files.exists(Checkpoint.last(run)))) {
        probe(bankFolder);
      }
      return fit(run, resume, images(), sampling(bankFolder), listeners, reportEvery, followers);
    }
    try (FeatureBank bank = bank(bankFolder)) {
      FeatureSource source = new FeatureSource(recipe, bank);
      Sampling sampling = sampling(bankFolder);
      return OneThread.call(
          () -> fit(run, resume, source, sampling, listeners, reportEvery, followers));
    }
  }

  /**
   * Trains by the epochs' full batches and forgets what was learnt. Nothing is validated or written
   * but the features.
   *
   * @param most steps
   */
  void trainSteps(Path bankFolder, int most, Trainer.StepEnd end) throws IOException {
    if (!recipe.allFrozen()) {
      probe(bankFolder, false);
      trainSteps(whole(), images(), sampling(bankFolder), most, end);
      return;
    }
    try (FeatureBank bank = bank(bankFolder, trainingViews(recipe, data))) {
      ComputationGraph head = network.buildHead();
      FeatureSource source = new FeatureSource(recipe, bank);
      Sampling sampling = sampling(bankFolder);
      OneThread.call(() -> trainSteps(head, source, sampling, most, end));
    }
  }

  private ComputationGraph trainSteps(
      ComputationGraph graph,
      BatchSource source,
      Sampling sampling,
      int most,
      Trainer.StepEnd end) {
    try {
      new Trainer(recipe, source, decision, Processor.cores(), progress, sampling)
          .trainSteps(graph, data.train(), most, end);
      return graph;
    } finally {
      graph.close();
    }
  }

  /**
   * Trains the head of {@link #whole} on frozen backbones before these learn, where the recipe
   * wants that: Kumar et al., "Fine-tuning can distort pretrained features" (2022), section 3.
   */
  void probe(Path bankFolder) throws IOException {
    probe(bankFolder, true);
  }

  /**
   * Trains that head.
   *
   * @param chosen keep the epoch that validation chooses; else the last one
   */
  private void probe(Path bankFolder, boolean chosen) throws IOException {
    if (recipe.training().probeEpochs() == 0) {
      return;
    }
    progress.line("the head alone learns first");
    Recipe head = recipe.probe();
    TrainingRun frozen = new TrainingRun(head, RunBackbones.load(head), data, progress, workforce);
    List<ImageView> views = chosen ? views(head, data) : trainingViews(head, data);
    try (FeatureBank bank = frozen.bank(bankFolder, views)) {
      probe(bank, sampling(bankFolder), chosen);
    } finally {
      frozen.closeBackbones();
    }
  }

  /**
   * Trains that head by features that are there.
   *
   * @param chosen keep the epoch that validation chooses; else the last one
   */
  void probe(StoredFeatures features, Sampling sampling, boolean chosen) throws IOException {
    Recipe head = recipe.probe();
    ComputationGraph graph =
        new FusionNetwork(head, backbones.units(), Classes.weights(head, data)).buildHead();
    try {
      Trainer trainer =
          new Trainer(
              head,
              new FeatureSource(head, features),
              decision,
              Processor.cores(),
              progress,
              sampling);
      OneThread.call(
          () -> {
            if (chosen) {
              trainer.trainToBest(graph, data.train(), data.validation());
            } else {
              trainer.trainAll(graph, data.train());
            }
            return graph;
          });
      FusionNetwork.copy(graph, whole());
    } finally {
      graph.close();
    }
  }

  Sampling sampling(Path bankFolder) throws IOException {
    return Sampling.of(recipe, data, bankFolder, progress);
  }

  BatchSource images() {
    return new ImageSource(recipe, pipeline);
  }

  /** The features of all views that this run will ask for, computed where they are missing. */
  FeatureBank bank(Path folder) throws IOException {
    return bank(folder, views());
  }

  private FeatureBank bank(Path folder, List<ImageView> views) throws IOException {
    FeatureBank bank =
        FeatureBank.open(
            folder, backbones.units(), recipe.data().imageSize(), pipeline, Processor.cores());
    try {
      fill(bank, views);
      return bank;
    } catch (IOException | RuntimeException e) {
      bank.close();
      throw e;
    }
  }

  private void fill(FeatureBank bank, List<ImageView> views) throws IOException {
    List<ImageView> missing = bank.missing(views);
    progress.line(
        "feature bank: "
            + (views.size() - missing.size())
            + " of "
            + views.size()
            + " views are there already");
    if (missing.isEmpty()) {
      return;
    }
    try (Progress.Task task = progress.start("featurising", 0, missing.size(), "views")) {
      workforce.features().fill(bank, missing, backbones.graphs(), task::at);
    }
  }

  /** All views whose features a run with frozen backbones will ask for. */
  List<ImageView> views() {
    return views(recipe, data);
  }

  /** All views whose features a run of a recipe with frozen backbones will ask for. */
  static List<ImageView> views(Recipe recipe, Dataset data) {
    List<ImageView> views = trainingViews(recipe, data);
    for (List<LabelledImage> split : List.of(data.validation(), data.test())) {
      split.forEach(image -> views.add(new ImageView(image, ImagePipeline.PLAIN)));
    }
    for (int shift = 0; recipe.choosesByShift() && shift < Shift.MIDDLE.size(); shift++) {
      views.addAll(Trainer.shifted(data.validation(), shift));
    }
    return views.stream().distinct().toList(); // Folds ask for every image twice.
  }

  private static List<ImageView> trainingViews(Recipe recipe, Dataset data) {
    List<ImageView> views = new ArrayList<>();
    int distinct = Math.min(recipe.augmentation().views(), recipe.training().epochs());
    for (int epoch = 0; epoch < distinct; epoch++) {
      for (LabelledImage image : data.train()) {
        views.add(new ImageView(image, FeatureSource.viewOf(recipe.augmentation(), epoch)));
      }
    }
    return views;
  }

  private List<String> metrics() {
    List<String> metrics = new ArrayList<>(Metrics.names());
    if (recipe.choosesByShift()) {
      metrics.add(EarlyStopping.WORST_SHIFT);
    }
    return metrics;
  }

  private Map<String, Measurement> fit(
      RunDirectory run,
      boolean resume,
      BatchSource source,
      Sampling sampling,
      List<TrainingListener> listeners,
      int reportEvery,
      List<? extends Follower> followers)
      throws IOException {
    Optional<EpochTrainer> others = recipe.allFrozen() ? Optional.empty() : workforce.epochs();
    Trainer trainer =
        new Trainer(recipe, source, decision, Processor.cores(), progress, sampling, others);
    boolean goOn = resume && Files.exists(Checkpoint.last(run));
    if (goOn) {
      Checkpoint.mend(run);
    }
    Checkpoint from = goOn ? Checkpoint.read(Checkpoint.last(run)) : Checkpoint.start();
    History history = goOn ? History.load(run) : History.start(run, metrics());
    history.truncate(from.epochs());
    followers.forEach(follower -> follower.begins(history.epochs()));
    ComputationGraph graph =
        goOn
            ? ModelFile.readWithUpdater(Checkpoint.last(run))
            : recipe.allFrozen() ? network.buildHead() : whole();
    graph.setListeners(listeners);
    Checkpoint end =
        trainer.train(
            graph,
            from,
            goOn ? Checkpoint.learning(Checkpoint.last(run), graph) : Optional.empty(),
            (epoch, state, best, learning) -> {
              history.append(epoch);
              state.write(run, Checkpoint.last(run), graph, learning);
              if (best) {
                Checkpoint.keepBest(run);
              }
              followers.forEach(follower -> follower.ended(epoch));
              return true;
            },
            data.train(),
            data.validation(),
            reportEvery);
    progress.line(
        "the best of " + end.epochs() + " epochs on validation is epoch " + end.bestEpoch());
    return finish(run, trainer);
  }

  private Map<String, Measurement> finish(RunDirectory run, Trainer trainer) throws IOException {
    ComputationGraph best = ModelFile.read(Checkpoint.best(run));
    int positions = FusionNetwork.positions(best);
    RunResults results = new RunResults(recipe, data, attributes, run, progress, positions);
    double temperature = results.temperature(images -> trainer.outputs(best, images));
    FusionNetwork.divideLogits(best, temperature);
    results.decide(images -> trainer.outputs(best, images), decision, temperature);
    results.learnFamiliar(images -> trainer.outputsInTraining(best, images));
    if (backbones.units().size() > 1) {
      ComputationGraph head = network.buildHead();
      FusionNetwork.copy(best, head);
      int batch = recipe.training().batchSize();
      try (ForwardPass step = ForwardPass.of(head, batch, Processor.cores())) {
        results.listen(step);
      }
    }
    if (recipe.allFrozen()) {
      FusionNetwork.copy(best, whole());
    }
    results.writeModel(recipe.allFrozen() ? whole() : best);
    Trainer fromImages = new Trainer(recipe, images(), decision, Processor.cores(), progress);
    return results.write(images -> trainer.outputs(best, images), fromImages);
  }
}
