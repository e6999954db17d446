package io.pneuma.training;

import io.pneuma.backprop.TrainingStep;
import io.pneuma.config.Recipe;
import io.pneuma.features.BankOutlook;
import io.pneuma.images.Dataset;
import io.pneuma.images.ImagePipeline;
import io.pneuma.images.ImageView;
import io.pneuma.images.LabelledImage;
import io.pneuma.network.BackboneUnit;
import io.pneuma.network.FusionNetwork;
import io.pneuma.platform.OneThread;
import io.pneuma.platform.Processor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.ToLongFunction;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Tries for some seconds how fast a run would be; nothing is written. */
public final class Rehearsal {
  private static final double NANOS = 1e9;
  private static final double LONG_ENOUGH_SECONDS = 3;

  /** What comes once, such as compiling, is little of a first batch that took longer than this. */
  private static final double SLOW_SECONDS = 15;

  private static final int MOST_STEPS = 200;
  private static final int RECORD_BYTES = 40; // Of a view in the bank, beside its features.

  private final Recipe recipe;
  private final Dataset data;
  private final RunBackbones backbones;
  private final TrainingRun run;

  /**
   * A rehearsal with backbones that are loaded already.
   *
   * @throws TrainingException when data and recipe do not go together
   * @throws IOException when the recipe's attributes cannot be read, or know none of the images
   */
  public Rehearsal(Recipe recipe, RunBackbones backbones, Dataset data) throws IOException {
    this.recipe = recipe;
    this.data = data;
    this.backbones = backbones;
    this.run = new TrainingRun(recipe, backbones, data, Progress.SILENT);
  }

  /** Native bytes that the run will need at its peak, estimated from its shapes. */
  public long estimatedBytes() {
    return run.estimatedBytes();
  }

  /**
   * Looks into the feature bank and measures.
   *
   * @param bankFolder where features are stored
   */
  public Outlook measure(Path bankFolder) throws IOException {
    if (!recipe.allFrozen()) {
      return whole();
    }
    ImagePipeline pipeline =
        new ImagePipeline(recipe.data().imageSize(), recipe.augmentation(), recipe.seed());
    List<ImageView> views = run.views();
    List<ImageView> missing =
        BankOutlook.missing(
            bankFolder,
            backbones.units(),
            recipe.data().imageSize(),
            pipeline,
            views,
            Processor.cores());
    double featurised =
        missing.isEmpty()
            ? Double.NaN
            : BankOutlook.viewsPerSecond(missing, pipeline, backbones.graphs(), Processor.cores());
    long bytes =
        backbones.units().stream()
            .mapToLong(unit -> (long) Float.BYTES * unit.width() + RECORD_BYTES)
            .sum();
    return OneThread.call(
        () -> head(views.size(), missing.size(), bytes * missing.size(), featurised));
  }

  /** A head on features of noise, which take as long as any. */
  private Outlook head(int views, int missing, long bytes, double featurised) throws IOException {
    int rows = Math.min(recipe.training().batchSize(), data.train().size());
    INDArray[] features =
        backbones.units().stream()
            .map(BackboneUnit::width)
            .map(width -> Nd4j.rand(DataType.FLOAT, rows, width))
            .toArray(INDArray[]::new);
    int[] labels = data.train().stream().limit(rows).mapToInt(LabelledImage::label).toArray();
    ComputationGraph graph =
        new FusionNetwork(recipe, backbones.units(), Classes.weights(recipe, data)).buildHead();
    try (TrainingStep step =
        TrainingStep.of(graph, recipe.training().batchSize(), Processor.cores())) {
      BatchSource source = new Repeated(new Batch(features, labels));
      double trained = perSecond(source, batch -> fit(step, batch));
      double predicted = perSecond(source, batch -> step.output(batch.inputs()).length);
      return new Outlook(views, missing, bytes, featurised, trained, predicted);
    }
  }

  /** The whole network on some training images as they would be shown to it. */
  private Outlook whole() {
    BatchSource source = run.images();
    try (TrainingStep step =
        TrainingStep.of(run.whole(), recipe.training().batchSize(), Processor.cores())) {
      double trained = perSecond(source, batch -> fit(step, batch));
      double predicted = perSecond(source, batch -> step.output(batch.inputs()).length);
      return new Outlook(0, 0, 0, Double.NaN, trained, predicted);
    }
  }

  private static long fit(TrainingStep step, Batch batch) {
    step.fit(batch.inputs(), batch.labels());
    return batch.labels().length;
  }

  /** Images a second, without a first batch that is slowed by what comes once. */
  private double perSecond(BatchSource source, ToLongFunction<Batch> work) {
    List<ImageView> views =
        data.train().stream().map(image -> new ImageView(image, source.viewOf(0))).toList();
    long started = System.nanoTime();
    long done = 0;
    for (int steps = 0; ; ) {
      try (BatchSource.Batches batches = source.batches(views)) {
        while (batches.hasNext()) {
          done += work.applyAsLong(batches.next());
          steps++;
          double seconds = (System.nanoTime() - started) / NANOS;
          if (seconds > (steps == 1 ? SLOW_SECONDS : LONG_ENOUGH_SECONDS) || steps == MOST_STEPS) {
            return done / seconds;
          }
          if (steps == 1) {
            started = System.nanoTime();
            done = 0;
          }
        }
      }
    }
  }

  /** One batch over and over. */
  private record Repeated(Batch batch) implements BatchSource {
    @Override
    public int viewOf(int epoch) {
      return ImagePipeline.PLAIN;
    }

    @Override
    public Batches batches(List<ImageView> views) {
      return new Batches() {
        @Override
        public boolean hasNext() {
          return true;
        }

        @Override
        public Batch next() {
          return batch;
        }

        @Override
        public void close() {}
      };
    }
  }
}
