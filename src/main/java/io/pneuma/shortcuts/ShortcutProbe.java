package io.pneuma.shortcuts;

import io.pneuma.evaluation.Answers;
import io.pneuma.evaluation.RocAuc;
import io.pneuma.evaluation.Shortcut;
import io.pneuma.images.LabelledImage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * How well each group of traits tells the classes by itself: a logistic regression on nothing else,
 * which answers for patients that it has not learnt from.
 */
public final class ShortcutProbe {
  /** Folds of patients, unless a class has fewer. */
  public static final int MOST_FOLDS = 5;

  /** Groups of traits. */
  public static final int GROUPS = Traits.GROUPS;

  private ShortcutProbe() {}

  /**
   * What a probe found.
   *
   * @param probabilities for each image that of each class
   */
  @SuppressWarnings("ArrayRecordComponent") // Never compared.
  public record Told(Shortcut shortcut, double[][] probabilities) {}

  /**
   * Probes each group of traits.
   *
   * @param traits of each image
   * @param foldOf each image, from 0
   * @param trusted images, from which alone the probes learn
   * @param seed of the intervals' draws
   * @param done called after each fold of each of {@value #GROUPS} groups
   */
  public static List<Told> of(
      List<LabelledImage> images,
      List<ImageTraits> traits,
      List<String> classes,
      int[] foldOf,
      boolean[] trusted,
      long seed,
      Runnable done)
      throws IOException {
    int[] labels = images.stream().mapToInt(LabelledImage::label).toArray();
    List<String> patients = images.stream().map(LabelledImage::patient).toList();
    List<Told> told = new ArrayList<>();
    for (Map.Entry<String, float[][]> group : Traits.of(traits).entrySet()) {
      LinearProbe probe = new LinearProbe(group.getValue(), labels, classes.size());
      double[][] given = probe.crossValidated(foldOf, trusted, done);
      RocAuc auc = RocAuc.of(new Answers(classes, patients, labels, given), seed);
      told.add(new Told(new Shortcut(group.getKey(), auc.value(), auc.low(), auc.high()), given));
    }
    return told;
  }

  /**
   * What all groups of traits together tell.
   *
   * @param traits of each image
   * @param foldOf each image, from 0
   * @return for each image the probability of each class, by a probe that has not learnt from it
   */
  public static double[][] together(
      List<LabelledImage> images, List<ImageTraits> traits, int classes, int[] foldOf)
      throws IOException {
    int[] labels = images.stream().mapToInt(LabelledImage::label).toArray();
    List<float[][]> groups = List.copyOf(Traits.of(traits).values());
    boolean[] trusted = new boolean[labels.length];
    Arrays.fill(trusted, true);
    return new LinearProbe(groups.get(GROUPS - 1), labels, classes)
        .crossValidated(foldOf, trusted, () -> {});
  }
}
