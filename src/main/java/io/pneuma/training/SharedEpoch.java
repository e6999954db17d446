package io.pneuma.training;

import io.pneuma.backprop.ParameterAverage;
import io.pneuma.backprop.TrainingStep;
import io.pneuma.config.Recipe;
import io.pneuma.config.Recipe.Augmentation;
import io.pneuma.config.Recipe.Regularization;
import io.pneuma.images.ImageBatch;
import io.pneuma.images.ImageBatches;
import io.pneuma.images.ImagePipeline;
import io.pneuma.images.ImageView;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.LongConsumer;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * An epoch whose minibatches several workers share: each has a part of every minibatch, and takes
 * the step that the whole minibatch asks for.
 */
public final class SharedEpoch {
  /** A part of fewer images has no statistics to normalise by. */
  private static final int LEAST = 2;

  /** Draws of one worker from those of another. */
  private static final long APART = 7_919_000_003L;

  private SharedEpoch() {}

  /** What workers are to know of a recipe. */
  public record Rules(
      long seed,
      int batchSize,
      int imageSize,
      Augmentation augmentation,
      Regularization regularization)
      implements Serializable {
    static Rules of(Recipe recipe) {
      return new Rules(
          recipe.seed(),
          recipe.training().batchSize(),
          recipe.data().imageSize(),
          recipe.augmentation(),
          recipe.training().regularization());
    }

    /** The longest gradient. */
    public double clipNorm() {
      return regularization.clipNorm() == 0 ? TrainingStep.NO_CLIPPING : regularization.clipNorm();
    }

    /** The seed of what is drawn in an epoch. */
    long draw(int epoch) {
      return 31 * seed + epoch;
    }
  }

  /**
   * Refuses more workers than can share a minibatch.
   *
   * @param images of an epoch
   * @throws TrainingException saying what to change
   */
  static void require(int batchSize, int images, int workers) {
    if (Math.min(batchSize, images) < LEAST * workers) {
      throw new TrainingException(
          "training.batchSize = %d of %d images cannot be shared by %d tasks, which want %d images each;"
                  .formatted(batchSize, images, workers, LEAST)
              + " raise it, or take fewer tasks: JAVA_OPTS=-Dspark.cores.max=N takes fewer cores, and"
              + " -Dspark.task.cpus=C gives each task C of them");
    }
  }

  /**
   * The parts of one worker, one of each minibatch. A last minibatch that is too small to be shared
   * is added to the one before it.
   *
   * @param views of the epoch in their order
   * @param worker from 0
   */
  public static List<List<ImageView>> parts(
      List<ImageView> views, int batchSize, int worker, int workers) {
    List<List<ImageView>> parts = new ArrayList<>();
    int from = 0;
    while (from < views.size()) {
      int left = views.size() - from;
      int size = left - batchSize < LEAST * workers ? left : batchSize;
      int start = from + (int) ((long) size * worker / workers);
      int end = from + (int) ((long) size * (worker + 1) / workers);
      parts.add(views.subList(start, end));
      from += size;
    }
    return parts;
  }

  /**
   * Trains by one worker's parts.
   *
   * @param step of this worker, which exchanges gradients with the others
   * @param average of the parameters, where there is one
   * @param epoch from 1
   * @param threads that decode images
   * @param done called with the number of this worker's images so far
   * @return the mean loss over the images of all workers
   */
  public static double train(
      Rules rules,
      TrainingStep step,
      Optional<ParameterAverage> average,
      int epoch,
      List<List<ImageView>> parts,
      int worker,
      int threads,
      LongConsumer done) {
    Nd4j.getRandom().setSeed(rules.seed() + epoch + APART * worker); // For a layer that draws.
    ImagePipeline pipeline =
        new ImagePipeline(rules.imageSize(), rules.augmentation(), rules.seed());
    double loss = 0;
    long images = 0;
    try (ImageBatches batches = new ImageBatches(parts, pipeline, threads)) {
      while (batches.hasNext()) {
        ImageBatch part = batches.next();
        Batch batch = new Batch(new INDArray[] {part.pixels()}, BatchSource.labels(part.views()));
        long draw = 1_000_003 * rules.draw(epoch) + images + APART * worker;
        float[][] hot = step.targets(batch.labels());
        Mixture mixture = Mixture.of(rules.regularization(), batch, hot, draw);
        double partLoss = step.fit(mixture.inputs(), mixture.targets(), false);
        average.ifPresent(ParameterAverage::step);
        int rows = batch.labels().length;
        loss += partLoss * rows; // That of the whole minibatch, of which all parts are alike.
        images += rows;
        done.accept(images);
      }
    }
    return loss / images;
  }
}
