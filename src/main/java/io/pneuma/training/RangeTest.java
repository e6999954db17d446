package io.pneuma.training;

import io.pneuma.config.ConfigException;
import io.pneuma.config.Recipe;
import io.pneuma.config.Recipe.Decay;
import io.pneuma.images.Dataset;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The learning-rate range test: a training by a recipe whose learning rate alone is another, and
 * rises from step to step until the loss does. Smith, "Cyclical learning rates for training neural
 * networks" (WACV 2017), section 3.3; rates, smoothing and end are those of fastai's {@code
 * lr_find}. It sees no image but those of training.
 */
public final class RangeTest {
  /** What the smoothed loss keeps of itself at a step. */
  private static final double KEPT = 0.98;

  /** Times the least smoothed loss; a greater one ends the test. */
  private static final double DIVERGED = 4;

  private final TrainingRun run;

  /**
   * A test of backbones that are loaded already.
   *
   * @throws ConfigException when the training images do not fill a batch
   * @throws TrainingException when data and recipe do not go together
   * @throws IOException when the recipe's attributes cannot be read, or know none of the images
   */
  public RangeTest(Recipe recipe, RunBackbones backbones, Dataset data, Progress progress)
      throws IOException {
    int images = data.train().size();
    int batch = recipe.training().batchSize();
    if (images < batch) {
      throw new ConfigException(
          "training.batchSize = "
              + batch
              + ": there are "
              + images
              + " training images, and the range test compares the losses of full batches; expected "
              + images
              + " or less, or more images");
    }
    Decay.Sweep rates = LossCurve.RATES;
    int stepsAnEpoch = images / batch;
    int epochs = (rates.steps() + stepsAnEpoch - 1) / stepsAnEpoch;
    this.run = new TrainingRun(recipe.sweep(rates, epochs), backbones, data, progress);
  }

  /** Native bytes that the test will need at its peak, estimated from its shapes. */
  public long estimatedBytes() {
    return run.estimatedBytes();
  }

  /**
   * Trains, and forgets what was learnt.
   *
   * @param bankFolder where features are stored
   * @throws TrainingException when the losses tell no learning rate
   */
  public LossCurve measure(Path bankFolder) throws IOException {
    List<LossCurve.Step> steps = new ArrayList<>();
    run.trainSteps(bankFolder, LossCurve.RATES.steps(), new Recorder(steps));
    return new LossCurve(steps);
  }

  /** Smooths each loss, and ends the training when it diverges. */
  static final class Recorder implements Trainer.StepEnd {
    private final List<LossCurve.Step> steps;
    private double mean; // Begins at 0, which the divisor below takes out of it.
    private double best = Double.POSITIVE_INFINITY;

    Recorder(List<LossCurve.Step> steps) {
      this.steps = steps;
    }

    @Override
    public boolean goOn(double learningRate, double loss) {
      if (!Double.isFinite(loss)) {
        requireOne(loss);
        return false;
      }
      mean = KEPT * mean + (1 - KEPT) * loss;
      double smoothed = mean / (1 - Math.pow(KEPT, steps.size() + 1));
      best = Math.min(best, smoothed);
      steps.add(new LossCurve.Step(learningRate, loss, smoothed));
      return smoothed <= DIVERGED * best;
    }

    private void requireOne(double loss) {
      if (steps.isEmpty()) {
        throw new TrainingException(
            "the loss of the first batch is "
                + loss
                + " before anything is learnt, at any learning rate; the weights of a backbone may"
                + " hold such numbers (allowNonFinite)");
      }
    }
  }
}
