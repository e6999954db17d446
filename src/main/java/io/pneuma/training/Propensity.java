package io.pneuma.training;

import io.pneuma.images.Dataset;
import io.pneuma.images.Folds;
import io.pneuma.images.LabelledImage;
import io.pneuma.shortcuts.ImageTraits;
import io.pneuma.shortcuts.ShortcutProbe;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Inverse propensity weights (Rosenbaum and Rubin, Biometrika 1983; Robins, Hernan and Brumback,
 * Epidemiology 2000, section on stabilised weights): each training image counts as one over the
 * probability that its size, file, border and letters give its class. Among images so weighted
 * these tell the classes no more, so that a network gains nothing by learning them.
 */
final class Propensity {
  /** What no probability falls below, so that no image counts more than twenty times another. */
  private static final double LEAST = 0.05;

  private Propensity() {}

  /**
   * The weight of each training image.
   *
   * @param seed of the folds by which no image is weighed by a probe that learnt from its patient
   * @param bank the folder of stored features
   * @throws TrainingException when a class has images of one patient alone
   */
  static Map<LabelledImage, Double> weights(Dataset data, long seed, Path bank, Progress progress)
      throws IOException {
    List<LabelledImage> images = data.train();
    int[] folds =
        Folds.ofEach(images, data.labels(), ShortcutProbe.MOST_FOLDS, seed)
            .orElseThrow(
                () ->
                    new TrainingException(
                        "training.sampling = propensity needs images of two patients of each class"
                            + " at least; say balanced, or give more"));
    List<ImageTraits> traits;
    try (Progress.Task task = progress.start("traits", 0, images.size(), "images")) {
      traits = ImageTraits.all(images, bank, task::at);
    }
    double[][] told = ShortcutProbe.together(images, traits, data.labels().size(), folds);
    Map<LabelledImage, Double> weights = new HashMap<>();
    for (int i = 0; i < images.size(); i++) {
      LabelledImage image = images.get(i);
      weights.put(image, 1 / Math.max(LEAST, told[i][image.label()]));
    }
    return weights;
  }
}
