package io.pneuma.evaluation;

/** Probabilities that are none: the network's training has diverged. */
public final class DivergedException extends RuntimeException {
  private static final long serialVersionUID = 1;

  DivergedException(int image, int label, double probability) {
    super(
        "the model has diverged: its probability of class "
            + label
            + " for image "
            + image
            + " is "
            + probability
            + ", expected 0 to 1; lower training.learningRate");
  }
}
