package io.pneuma.training;

import io.pneuma.config.Recipe;
import io.pneuma.config.Recipe.ThresholdRule;
import io.pneuma.evaluation.Decision;
import io.pneuma.images.Dataset;
import java.util.List;
import java.util.Optional;

/** What a recipe and its images say of the classes. */
final class Classes {
  private Classes() {}

  /**
   * How the network's probabilities become an answer while it trains: at a threshold of one half.
   * Without {@code data.positiveClass} it is {@value Recipe#PNEUMONIA} of two classes, and more
   * classes count alike.
   *
   * @throws TrainingException when the positive class is no class, when validation cannot score the
   *     classes, or when a threshold is asked for where there is none
   */
  static Decision decision(Recipe recipe, Dataset data) {
    Optional<String> given = recipe.data().positiveClass();
    int classes = data.labels().size();
    if (classes > 2 && !recipe.evaluation().threshold().equals(ThresholdRule.HALF)) {
      throw new TrainingException(
          ("evaluation.threshold = %s is for two classes, and %s has %d; with more the greatest"
                  + " probability decides; remove the key")
              .formatted(recipe.evaluation().threshold(), recipe.data().folder(), classes));
    }
    if (given.isEmpty() && classes > 2) {
      for (int label = 0; label < classes; label++) {
        requireBoth(recipe, data, label);
      }
      return Decision.amongEqualClasses();
    }
    String wanted = given.orElse(Recipe.PNEUMONIA);
    int positive = data.labels().indexOf(wanted);
    if (positive < 0) {
      throw new TrainingException(unknown(recipe.data(), wanted, data.labels()));
    }
    requireBoth(recipe, data, positive);
    return Decision.at(positive);
  }

  private static void requireBoth(Recipe recipe, Dataset data, int label) {
    long images = data.validation().stream().filter(image -> image.label() == label).count();
    if (images > 0 && images < data.validation().size()) {
      return;
    }
    throw new TrainingException(
        "the validation split has "
            + images
            + " images of "
            + data.labels().get(label)
            + " out of "
            + data.validation().size()
            + ", so it cannot choose an epoch; "
            + (recipe.data().validation().isPresent()
                ? "raise data.validation.fraction"
                : "put images of it and of others into val/, or set data.validation.fraction, as in"
                    + " 0.1, to hold out patients"));
  }

  /** No class is proposed but one that differs in case: another could be taken by mistake. */
  private static String unknown(Recipe.Data data, String wanted, List<String> labels) {
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
