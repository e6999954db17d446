package io.pneuma.evaluation;

import java.util.List;

/** What a model says of some images, and what is true of them. */
public final class Answers {
  private final List<String> classes;
  private final List<String> patients;
  private final int[] labels;
  private final double[][] probabilities;

  /**
   * Checks that all go together.
   *
   * @param classes in the order of the probabilities
   * @param patients of each image
   * @param labels index of each image's true class
   * @param probabilities for each image one for each class
   * @throws DivergedException when a probability is NaN or outside 0 to 1
   */
  public Answers(
      List<String> classes, List<String> patients, int[] labels, double[][] probabilities) {
    this.classes = List.copyOf(classes);
    this.patients = List.copyOf(patients);
    this.labels = labels;
    this.probabilities = probabilities;
    int known = Metrics.check(labels, probabilities);
    if (patients.size() != labels.length || known != classes.size()) {
      throw new IllegalArgumentException(
          "%d labels of %d patients, %d probabilities for %d classes"
              .formatted(labels.length, patients.size(), known, classes.size()));
    }
  }

  /** The classes, in the order of the probabilities. */
  public List<String> classes() {
    return classes;
  }

  /** The patient of each image. */
  public List<String> patients() {
    return patients;
  }

  /** The index of each image's true class. */
  public int[] labels() {
    return labels;
  }

  /** For each image the probability of each class. */
  public double[][] probabilities() {
    return probabilities;
  }

  /** The number of images. */
  public int size() {
    return labels.length;
  }
}
