package io.pneuma.training;

/**
 * What a run will take, measured on a few of its own images on this machine.
 *
 * @param views features that the run will ask for; 0 where some backbone learns
 * @param missing those of them that are to be computed
 * @param bytes of the missing ones in the feature bank
 * @param featurised views a second; NaN where none is missing
 * @param trained images a second
 * @param predicted images a second, without a step of training
 */
public record Outlook(
    int views, int missing, long bytes, double featurised, double trained, double predicted) {

  /** Seconds of featurising. */
  public double featurising() {
    return missing == 0 ? 0 : missing / featurised;
  }

  /** Seconds of so many epochs. */
  public double training(int epochs, int trainingImages, int validationImages) {
    return epochs * (trainingImages / trained + validationImages / predicted);
  }
}
