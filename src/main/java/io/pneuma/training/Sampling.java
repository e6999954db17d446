package io.pneuma.training;

import io.pneuma.config.Recipe;
import io.pneuma.images.Dataset;
import io.pneuma.images.LabelledImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/** Which training images an epoch shows. */
@FunctionalInterface
interface Sampling {
  /** Each image once. */
  Sampling ALL = (images, random) -> images;

  /** The images of one epoch, those of {@code images} or some of them several times. */
  List<LabelledImage> epoch(List<LabelledImage> images, Random random);

  /**
   * A recipe's.
   *
   * @param bank the folder of stored features
   * @throws TrainingException when the traits of these images cannot be weighed
   */
  static Sampling of(Recipe recipe, Dataset data, Path bank, Progress progress) throws IOException {
    return of(recipe, weights(recipe, data, bank, progress));
  }

  /**
   * The weight of each training image where a recipe weighs them; else none.
   *
   * @param bank the folder of stored features
   * @throws TrainingException when the traits of these images cannot be weighed
   */
  static Map<LabelledImage, Double> weights(
      Recipe recipe, Dataset data, Path bank, Progress progress) throws IOException {
    return recipe.training().sampling() == Recipe.Sampling.PROPENSITY
        ? Propensity.weights(data, recipe.seed(), bank, progress)
        : Map.of();
  }

  /** A recipe's, by its {@link #weights}. */
  static Sampling of(Recipe recipe, Map<LabelledImage, Double> weights) {
    return switch (recipe.training().sampling()) {
      case NONE -> ALL;
      case BALANCED -> Sampling::balanced;
      case PROPENSITY -> weighted(weights);
    };
  }

  /**
   * As many images as there are, as many of each class: those of a large class in part, those of a
   * small one several times, but none once more than another of its class.
   */
  static List<LabelledImage> balanced(List<LabelledImage> images, Random random) {
    return ofEachClass(
        images,
        random,
        (same, wanted, epoch) -> {
          for (int i = 0; i < wanted; i++) {
            epoch.add(same.get(i % same.size()));
          }
        });
  }

  /**
   * As many images as there are, as many of each class, and within it each as often as its weight
   * says, up or down to a whole number (systematic resampling; Kitagawa 1996).
   */
  static Sampling weighted(Map<LabelledImage, Double> weights) {
    return (images, random) ->
        ofEachClass(
            images,
            random,
            (same, wanted, epoch) -> {
              double step = same.stream().mapToDouble(weights::get).sum() / wanted;
              double next = step * random.nextDouble();
              double passed = 0;
              int left = wanted;
              for (LabelledImage image : same) {
                passed += weights.get(image);
                for (; next < passed && left > 0; left--) {
                  epoch.add(image);
                  next += step;
                }
              }
            });
  }

  /** Takes some images of a class. */
  @FunctionalInterface
  interface Choice {
    /**
     * Adds them to an epoch.
     *
     * @param same the images of the class, in a random order
     * @param wanted how many
     */
    void add(List<LabelledImage> same, int wanted, List<LabelledImage> epoch);
  }

  /** As many images as there are, as many of each class. */
  private static List<LabelledImage> ofEachClass(
      List<LabelledImage> images, Random random, Choice choice) {
    TreeMap<Integer, List<LabelledImage>> classes = new TreeMap<>();
    images.forEach(
        image -> classes.computeIfAbsent(image.label(), label -> new ArrayList<>()).add(image));
    List<LabelledImage> epoch = new ArrayList<>();
    int classesLeft = classes.size();
    for (List<LabelledImage> same : classes.values()) {
      int wanted = (images.size() - epoch.size()) / classesLeft;
      classesLeft--;
      Collections.shuffle(same, random);
      choice.add(same, wanted, epoch);
    }
    return epoch;
  }
}
