package io.pneuma.training;

import io.pneuma.config.Recipe.Decay;
import java.util.List;

/**
 * The loss at each learning rate of a range test, and the rates that it proposes, by the rules and
 * the names of fastai's {@code lr_find}. They look at the smoothed loss, without the first tenth of
 * all steps, over which it has not come to rest, and without the last five, where training
 * diverges.
 *
 * @param steps that were done, in their order
 */
public record LossCurve(List<Step> steps) {
  /** The rates of a whole test, fastai's. */
  static final Decay.Sweep RATES = new Decay.Sweep(1e-7, 10, 100);

  private static final int SKIPPED_FIRST = RATES.steps() / 10;
  private static final int SKIPPED_LAST = 5;

  /** Fewer in between tell nothing; the shortest valley that has a middle. */
  private static final int LEAST = 3;

  /**
   * A step of training.
   *
   * @param loss over its batch, before it
   * @param smoothed mean of the losses so far, each step counting a little less than the next
   */
  public record Step(double learningRate, double loss, double smoothed) {}

  /**
   * A curve that proposes rates.
   *
   * @throws TrainingException when it is too short, or falls nowhere
   */
  public LossCurve {
    steps = List.copyOf(steps);
    if (steps.size() < SKIPPED_FIRST + LEAST + SKIPPED_LAST) {
      throw new TrainingException(
          "the range test ended after "
              + steps.size()
              + " steps, since the loss rose to four times its best or was no number; from so few no"
              + " learning rate can be told; try a larger training.batchSize, whose losses differ"
              + " less, and see whether the images are what they should be (./run.sh data preview)");
    }
    if (valley(rested(steps)).length() < LEAST) {
      throw new TrainingException(
          "the loss falls at no learning rate of the range test, from "
              + RATES.from()
              + " to "
              + steps.get(steps.size() - 1).learningRate()
              + ", so none can be told; see whether anything learns (backbones.freeze, weights)");
    }
  }

  private static List<Step> rested(List<Step> steps) {
    return steps.subList(SKIPPED_FIRST, steps.size() - SKIPPED_LAST);
  }

  /**
   * The longest falling subsequence of the smoothed losses.
   *
   * @param last index of its last member
   */
  private record Valley(int last, int length) {}

  private static Valley valley(List<Step> steps) {
    int[] lengths = new int[steps.size()]; // Of the longest that ends with each.
    Valley longest = new Valley(0, 0);
    for (int i = 0; i < lengths.length; i++) {
      lengths[i] = 1;
      for (int j = 0; j < i; j++) {
        if (steps.get(i).smoothed() < steps.get(j).smoothed()) {
          lengths[i] = Math.max(lengths[i], lengths[j] + 1);
        }
      }
      if (lengths[i] > longest.length()) {
        longest = new Valley(i, lengths[i]);
      }
    }
    return longest;
  }

  /**
   * The middle of the longest valley: of as many steps up to its end as its falling losses are,
   * whether or not some between them rise. What fastai proposes.
   */
  public Step valley() {
    List<Step> rested = rested(steps);
    Valley longest = valley(rested);
    int half = longest.length() / 3 + longest.length() / 6;
    return rested.get(longest.last() - longest.length() + half);
  }

  /** Where the loss falls most steeply, over the logarithm of the rate. */
  public Step steep() {
    List<Step> rested = rested(steps);
    int steepest = 0;
    for (int i = 1; i + 1 < rested.size(); i++) {
      if (slope(rested, i) < slope(rested, steepest)) {
        steepest = i;
      }
    }
    return rested.get(steepest);
  }

  private static double slope(List<Step> steps, int from) {
    Step here = steps.get(from);
    Step next = steps.get(from + 1);
    return (next.smoothed() - here.smoothed())
        / Math.log(next.learningRate() / here.learningRate());
  }

  /** Where the loss is least; fastai proposes a tenth of its rate. */
  public Step minimum() {
    List<Step> rested = rested(steps);
    Step least = rested.get(0);
    for (Step step : rested) {
      least = step.smoothed() < least.smoothed() ? step : least;
    }
    return least;
  }

  /** Whether all steps were done. */
  public boolean isWhole() {
    return steps.size() == RATES.steps();
  }
}
