package io.pneuma.training;

import io.pneuma.config.Recipe;
import io.pneuma.images.Dataset;
import java.util.List;

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
      throw new TrainingException(unknown(recipe.data(), data.labels()));
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
              + ", so it cannot choose an epoch; "
              + (recipe.data().validation().isPresent()
                  ? "raise data.validation.fraction"
                  : "put images of it and of others into val/, or set data.validation.fraction, as in"
                      + " 0.1, to hold out patients"));
    }
    return positive;
  }

  /** No class is proposed but one that differs in case: another could be taken by mistake. */
  private static String unknown(Recipe.Data data, List<String> labels) {
    String wanted = data.positiveClass();
    return ("data.positiveClass = \"%s\" is no class of %s; its classes are %s; say which of them is"
            + " set against the rest: --set \"data.positiveClass=%s\"")
        .formatted(
            wanted,
            data.folder(),
            String.join(", ", labels),
            labels.stream().filter(wanted::equalsIgnoreCase).findFirst().orElse("NAME"));
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
