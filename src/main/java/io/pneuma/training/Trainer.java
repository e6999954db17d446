package io.pneuma.training;

import io.pneuma.backprop.ForwardPass;
import io.pneuma.backprop.ForwardPass.Outputs;
import io.pneuma.backprop.ParameterAverage;
import io.pneuma.backprop.TrainingStep;
import io.pneuma.config.Recipe;
import io.pneuma.config.Recipe.EarlyStopping;
import io.pneuma.evaluation.Decision;
import io.pneuma.evaluation.Metrics;
import io.pneuma.images.ImagePipeline;
import io.pneuma.images.ImageView;
import io.pneuma.images.LabelledImage;
import io.pneuma.images.Shift;
import io.pneuma.network.FusionNetwork;
import io.pneuma.run.History;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.function.Consumer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The fit loop over a graph with one softmax output. An epoch depends on the seed, its number and
 * the parameters before it and on nothing else, so that a resumed training is the uninterrupted
 * one.
 */
final class Trainer {
  private final Recipe recipe;
  private final BatchSource source;
  private final Decision decision;
  private final int threads;
  private final Progress progress;
  private final Sampling sampling;
  private final Optional<EpochTrainer> others;
  private final SharedEpoch.Rules rules;

  /** A loop that shows each image once an epoch, or none that trains. */
  Trainer(Recipe recipe, BatchSource source, Decision decision, int threads, Progress progress) {
    this(recipe, source, decision, threads, progress, Sampling.ALL, Optional.empty());
  }

  /**
   * A loop over some batches.
   *
   * @param threads that one step may use; what comes out does not depend on them
   * @param sampling which images an epoch shows
   */
  Trainer(
      Recipe recipe,
      BatchSource source,
      Decision decision,
      int threads,
      Progress progress,
      Sampling sampling) {
    this(recipe, source, decision, threads, progress, sampling, Optional.empty());
  }

  /**
   * A loop whose minibatches others share.
   *
   * @param others that train the epochs; empty where this machine does
   */
  Trainer(
      Recipe recipe,
      BatchSource source,
      Decision decision,
      int threads,
      Progress progress,
      Sampling sampling,
      Optional<EpochTrainer> others) {
    this.sampling = sampling;
    this.others = others;
    this.rules = SharedEpoch.Rules.of(recipe);
    this.recipe = recipe;
    this.source = source;
    this.decision = decision;
    this.threads = threads;
    this.progress = progress;
  }

  /** Takes in an epoch that is over. */
  @FunctionalInterface
  interface EpochEnd {
    /**
     * Returns whether training shall go on. The graph has the parameters that were validated.
     *
     * @param best whether this is the best epoch so far
     * @param learning the parameters to train on from, where they are others
     */
    boolean goOn(History.Epoch epoch, Checkpoint state, boolean best, Optional<INDArray> learning)
        throws IOException;
  }

  /**
   * Trains from a checkpoint on.
   *
   * @param learning the parameters to train on from, where the graph has their average
   * @param reportEvery iterations from one report of the graph's listeners to the next; of the
   *     steps between they are told no more than that they are done
   * @return the checkpoint after the last epoch
   */
  Checkpoint train(
      ComputationGraph graph,
      Checkpoint from,
      Optional<INDArray> learning,
      EpochEnd end,
      List<LabelledImage> training,
      List<LabelledImage> validation,
      int reportEvery)
      throws IOException {
    Checkpoint state = from;
    int epochs = recipe.training().epochs();
    long images = training.size();
    Optional<ParameterAverage> average = average(graph, learning);
    others.ifPresent(
        workers ->
            SharedEpoch.require(recipe.training().batchSize(), training.size(), workers.workers()));
    try (Passes passes = new Passes(graph);
        Progress.Task task =
            progress.start("training", from.epochs() * images, epochs * images, "images")) {
      String shown = "";
      double lastRate = Double.NaN;
      boolean goOn = true;
      while (goOn && !state.isEnd(recipe.training())) {
        long started = System.nanoTime();
        int epoch = state.epochs() + 1;
        double learningRate = graph.getLearningRate(FusionNetwork.OUTPUT);
        if (learningRate != lastRate
            && (!recipe.training().plansRates() || Double.isNaN(lastRate))) {
          progress.line(text("learning rate %.3g from epoch %d on", learningRate, epoch));
          lastRate = learningRate;
        }
        double trainLoss =
            fitEpoch(passes, average, graph, reportEvery, epoch, training, task, shown);
        graph.incrementEpochCount();
        // oneDNN's ReLU makes 0 of NaN, so that the loss need not tell.
        checkFinite("sum of the parameters", graph.params().sumNumber().doubleValue(), epoch);

        average.ifPresent(ParameterAverage::swap);
        ForwardPass pass = passes.forPrediction();
        double[][] probabilities = predict(pass, plain(validation));
        int[] labels = validation.stream().mapToInt(LabelledImage::label).toArray();
        Metrics metrics = Metrics.of(labels, probabilities, decision);
        Map<String, Double> row = new LinkedHashMap<>();
        Metrics.names().forEach(name -> row.put(name, metrics.get(name)));
        if (recipe.choosesByShift()) {
          row.put(EarlyStopping.WORST_SHIFT, worstShift(pass, validation, labels));
        }
        double score = row.get(metric());
        double validationLoss = Metrics.logLoss(labels, probabilities);
        // A small validation split soon reaches a metric of 1; the loss still tells epochs apart.
        boolean best =
            score > state.bestScore()
                || (score == state.bestScore() && validationLoss < state.bestLoss());
        state =
            best
                ? new Checkpoint(epoch, epoch, score, validationLoss)
                : new Checkpoint(epoch, state.bestEpoch(), state.bestScore(), state.bestLoss());
        double seconds = (System.nanoTime() - started) / 1e9;
        goOn =
            end.goOn(
                new History.Epoch(epoch, learningRate, trainLoss, validationLoss, row, seconds),
                state,
                best,
                average.map(ParameterAverage::learning));
        average.ifPresent(ParameterAverage::swap);
        shown = text(", %s %.4f", metric(), score);
        progress.line(
            text(
                    "epoch %d/%d: loss %.4f, validation loss %.4f",
                    epoch, epochs, trainLoss, validationLoss)
                + text(", %s %.4f, %.1f s", metric(), score, seconds)
                + (best ? ", best" : ""));
      }
    } finally {
      average.ifPresent(ParameterAverage::close);
    }
    return state;
  }

  /**
   * Trains from the start, and leaves the graph with the parameters of the epoch that validation
   * chose.
   *
   * @throws TrainingException when no epoch has a metric to choose it by
   */
  void trainToBest(
      ComputationGraph graph, List<LabelledImage> training, List<LabelledImage> validation)
      throws IOException {
    INDArray[] best = new INDArray[1];
    train(
        graph,
        Checkpoint.start(),
        Optional.empty(),
        (epoch, state, isBest, learning) -> {
          best[0] = isBest ? graph.params().dup() : best[0];
          return true;
        },
        training,
        validation,
        1);
    if (best[0] == null) {
      throw new TrainingException("no epoch has a validation metric to choose it by");
    }
    graph.setParams(best[0]);
  }

  /** Trains all epochs, of which none is validated, and leaves the graph as the last one does. */
  void trainAll(ComputationGraph graph, List<LabelledImage> training) throws IOException {
    int epochs = recipe.training().epochs();
    Optional<ParameterAverage> average = average(graph, Optional.empty());
    try (Passes passes = new Passes(graph);
        Progress.Task task =
            progress.start("training", 0, (long) epochs * training.size(), "images")) {
      for (int epoch = 1; epoch <= epochs; epoch++) {
        fitEpoch(passes, average, graph, 1, epoch, training, task, "");
        graph.incrementEpochCount();
      }
      average.ifPresent(ParameterAverage::swap);
    } finally {
      average.ifPresent(ParameterAverage::close);
    }
  }

  /** Takes in a step that is done. */
  @FunctionalInterface
  interface StepEnd {
    /**
     * Returns whether training shall go on.
     *
     * @param learningRate of this step
     * @param loss before this step; NaN or infinite where training has diverged
     */
    boolean goOn(double learningRate, double loss);
  }

  /**
   * Trains by the epochs' full batches; nothing is validated.
   *
   * @param training as many as a batch holds or more
   * @param most steps
   */
  void trainSteps(ComputationGraph graph, List<LabelledImage> training, int most, StepEnd end) {
    int batchSize = recipe.training().batchSize();
    try (TrainingStep step = step(graph);
        Progress.Task task = progress.start("training", 0, most, "steps")) {
      int steps = 0;
      boolean goOn = true;
      for (int epoch = 1; goOn; epoch++) {
        List<ImageView> views = shown(training, epoch);
        int full = views.size() - views.size() % batchSize;
        try (BatchSource.Batches batches = source.batches(views.subList(0, full))) {
          for (int done = 0; goOn && batches.hasNext(); done += batchSize) {
            double learningRate = graph.getLearningRate(FusionNetwork.OUTPUT);
            double loss = fit(step, batches.next(), epoch, done, false);
            // oneDNN's ReLU makes 0 of NaN, so that the next loss need not tell.
            boolean finite = Double.isFinite(graph.params().sumNumber().doubleValue());
            steps++;
            goOn = end.goOn(learningRate, loss) && finite && steps < most;
            task.at(steps);
            task.note(text("learning rate %.1e, loss %.4f", learningRate, loss));
          }
        }
        graph.incrementEpochCount();
      }
    }
  }

  private static String text(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }

  private Optional<ParameterAverage> average(ComputationGraph graph, Optional<INDArray> learning) {
    double decay = recipe.training().regularization().averageDecay();
    return decay == 0
        ? Optional.empty()
        : Optional.of(ParameterAverage.of(graph, learning, decay, threads));
  }

  private String metric() {
    return recipe
        .training()
        .earlyStopping()
        .map(EarlyStopping::metric)
        .orElse(EarlyStopping.METRIC);
  }

  private void checkFinite(String what, double value, int epoch) {
    if (!Double.isFinite(value)) {
      throw new TrainingException(
          "training diverged: the "
              + what
              + " became "
              + value
              + " in epoch "
              + epoch
              + "; lower training.learningRate = "
              + recipe.training().learningRate());
    }
  }

  /** The step that trains here, made when it is wanted, and what answers for validation. */
  private final class Passes implements AutoCloseable {
    private final ComputationGraph graph;
    private TrainingStep step;
    private ForwardPass pass;

    Passes(ComputationGraph graph) {
      this.graph = graph;
    }

    TrainingStep forTraining() {
      if (step == null) {
        step = step(graph);
      }
      return step;
    }

    /** The step itself, or where others have trained one of what they gave. */
    ForwardPass forPrediction() {
      if (others.isEmpty()) {
        return forTraining();
      }
      close();
      pass = ForwardPass.of(graph, recipe.training().batchSize(), threads);
      return pass;
    }

    @Override
    public void close() {
      if (step != null) {
        step.close();
        step = null;
      }
      if (pass != null) {
        pass.close();
        pass = null;
      }
    }
  }

  private double fitEpoch(
      Passes passes,
      Optional<ParameterAverage> average,
      ComputationGraph graph,
      int reportEvery,
      int epoch,
      List<LabelledImage> images,
      Progress.Task task,
      String note)
      throws IOException {
    List<ImageView> views = shown(images, epoch);
    if (others.isPresent()) {
      long before = (long) (epoch - 1) * views.size();
      double loss =
          others
              .get()
              .train(
                  graph,
                  average,
                  rules,
                  epoch,
                  views,
                  shown -> {
                    task.at(before + shown);
                    task.note("epoch " + epoch + note);
                  });
      checkFinite("loss", loss, epoch);
      graph.setScore(loss);
      return loss;
    }
    TrainingStep step = passes.forTraining();
    double loss = 0;
    int done = 0;
    try (BatchSource.Batches batches = source.batches(views)) {
      while (batches.hasNext()) {
        Batch batch = batches.next();
        double batchLoss =
            fit(step, batch, epoch, done, TrainingStep.isWatched(graph, reportEvery));
        average.ifPresent(ParameterAverage::step);
        checkFinite("loss", batchLoss, epoch);
        loss += batchLoss * batch.labels().length;
        done += batch.labels().length;
        task.at((long) (epoch - 1) * views.size() + done);
        task.note(text("epoch %d, loss %.4f", epoch, loss / done) + note);
      }
    }
    return loss / done;
  }

  /** The views of an epoch in their order, and the seed of what is drawn in it. */
  private List<ImageView> shown(List<LabelledImage> images, int epoch) {
    Nd4j.getRandom().setSeed(recipe.seed() + epoch); // For a layer that draws, dropout say.
    List<ImageView> views = new ArrayList<>();
    sampling
        .epoch(images, new Random(~rules.draw(epoch)))
        .forEach(image -> views.add(new ImageView(image, source.viewOf(epoch - 1))));
    Collections.shuffle(views, new Random(rules.draw(epoch)));
    return views;
  }

  /**
   * One step.
   *
   * @param done images of the epoch before it
   */
  private double fit(TrainingStep step, Batch batch, int epoch, int done, boolean watched) {
    float[][] hot = step.targets(batch.labels());
    long draw = 1_000_003 * rules.draw(epoch) + done;
    Mixture mixture = Mixture.of(recipe.training().regularization(), batch, hot, draw);
    return step.fit(mixture.inputs(), mixture.targets(), watched);
  }

  /** What a graph says of each image as it is, without augmentation. */
  Outputs outputs(ComputationGraph graph, List<LabelledImage> images) {
    return look(graph, plain(images));
  }

  /** What a graph says of the training images as the first epoch shows them. */
  Outputs outputsInTraining(ComputationGraph graph, List<LabelledImage> images) {
    int view = source.viewOf(0);
    return look(graph, images.stream().map(image -> new ImageView(image, view)).toList());
  }

  private Outputs look(ComputationGraph graph, List<ImageView> views) {
    try (ForwardPass pass = ForwardPass.of(graph, recipe.training().batchSize(), threads)) {
      return outputs(pass, views);
    }
  }

  /** The probabilities as whoever reads the graph from its file would have them. */
  double[][] predictByLayers(ComputationGraph graph, List<LabelledImage> images) {
    try (ForwardPass layers = ForwardPass.byLayers(graph)) {
      return predict(layers, plain(images));
    }
  }

  private TrainingStep step(ComputationGraph graph) {
    return TrainingStep.of(graph, recipe.training().batchSize(), threads, rules.clipNorm());
  }

  private double worstShift(ForwardPass pass, List<LabelledImage> images, int[] labels) {
    double worst = Double.POSITIVE_INFINITY;
    for (int shift = 0; shift < Shift.MIDDLE.size(); shift++) {
      double[][] probabilities = predict(pass, shifted(images, shift));
      worst = Math.min(worst, Metrics.of(labels, probabilities, decision).rocAuc());
    }
    return worst;
  }

  /** These images as if they came from elsewhere, by one of {@link Shift#MIDDLE}. */
  static List<ImageView> shifted(List<LabelledImage> images, int shift) {
    return images.stream().map(image -> ImageView.shifted(image, shift)).toList();
  }

  private static List<ImageView> plain(List<LabelledImage> images) {
    return images.stream().map(image -> new ImageView(image, ImagePipeline.PLAIN)).toList();
  }

  private double[][] predict(ForwardPass pass, List<ImageView> views) {
    List<double[]> probabilities = new ArrayList<>();
    eachBatch(views, inputs -> Collections.addAll(probabilities, pass.output(inputs)));
    return probabilities.toArray(double[][]::new);
  }

  private Outputs outputs(ForwardPass pass, List<ImageView> views) {
    List<double[]> probabilities = new ArrayList<>();
    List<float[][]> features = new ArrayList<>();
    eachBatch(
        views,
        inputs -> {
          Outputs outputs = pass.outputs(inputs);
          Collections.addAll(probabilities, outputs.probabilities());
          Collections.addAll(features, outputs.features());
        });
    return new Outputs(probabilities.toArray(double[][]::new), features.toArray(float[][][]::new));
  }

  private void eachBatch(List<ImageView> views, Consumer<INDArray[]> work) {
    try (BatchSource.Batches batches = source.batches(views)) {
      while (batches.hasNext()) {
        work.accept(batches.next().inputs());
      }
    }
  }
}
