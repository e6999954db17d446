package io.pneuma.training;

import io.pneuma.config.Recipe;
import io.pneuma.images.Dataset;

/** What a recipe and its images say of the classes. */
final class Classes {
  private Classes() {}

  /**
   * The index of the class whose probability the binary metrics score.
   *
   * @throws TrainingException when it is no class, or when validation cannot score it
   */
  static int positive(Recipe recipe, Dataset data) {
    int positive = data.labels().indexOf(recipe.data().positiveClass());
    if (positive < 0) {
      throw new TrainingException(
          "data.positiveClass = \""
              + recipe.data().positiveClass()
              + "\" is no class of "
              + recipe.data().folder()
              + "; its classes are "
              + String.join(", ", data.labels())
              + "; say which one is scored, as in --set data.positiveClass="
              + data.labels().get(data.labels().size() - 1));
    }
    long positives = data.validation().stream().filter(image -> image.label() == positive).count();
    if (positives == 0 || positives == data.validation().size()) {
      throw new TrainingException(
          "the validation split has "
              + positives
              + " images of "
              + recipe.data().positiveClass()
              + " out of "
              + data.validation().size()
              + ", so it cannot choose an epoch; raise data.validation.fraction");
    }
    return positive;
  }

  /** For {@code balanced} n / (classes x n of the class), whose mean over the images is 1. */
  static double[] weights(Recipe recipe, Dataset data) {
    int classes = data.labels().size();
    double[] weights = new double[classes];
    for (int label = 0; label < classes; label++) {
      int wanted = label;
      long count = data.train().stream().filter(image -> image.label() == wanted).count();
      weights[label] =
          recipe.training().balancedClasses()
              ? (double) data.train().size() / (classes * count)
              : 1;
    }
    return weights;
  }
}
