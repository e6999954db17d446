package io.pneuma.audit;

import io.pneuma.shortcuts.LinearProbe;
import java.io.IOException;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Images whose label is probably wrong, by confident learning (Northcutt, Jiang and Chuang,
 * "Confident learning: estimating uncertainty in dataset labels", JAIR 70, 2021). The threshold of
 * a class is the mean probability that images of its label have of it (equation 2); an image that
 * reaches the threshold of another class, and of those it reaches has that as the likeliest, is
 * counted off the diagonal of the confident joint, and is a probable error. All are ranked by the
 * normalised margin: the given label's probability less the likeliest other's.
 */
final class LabelErrors {
  /** How often the probe learns; from the second time on without probable errors. */
  static final int ROUNDS = 3;

  private LabelErrors() {}

  /**
   * An image by its label.
   *
   * @param likelier the likeliest other class
   * @param own probability of the given label
   * @param other probability of the likelier class
   * @param isProbable whether confident learning counts it as an error
   */
  record Doubt(int image, int likelier, double own, double other, boolean isProbable) {}

  /**
   * For each image the probability of each class, by probes of the other folds that have learnt
   * from images of the right topic and, after a first round, from none that was a probable error
   * (the paper's pruning and training again).
   *
   * @param onTopic images that have a label at all
   */
  static double[][] probabilities(
      LinearProbe probe, int[] labels, int[] foldOf, boolean[] onTopic, Runnable done)
      throws IOException {
    boolean[] trusted = onTopic;
    double[][] given = probe.crossValidated(foldOf, trusted, done);
    for (int round = 1; round < ROUNDS; round++) {
      trusted = onTopic.clone();
      for (Doubt doubt : rank(given, labels)) {
        trusted[doubt.image()] &= !doubt.isProbable();
      }
      given = probe.crossValidated(foldOf, trusted, done);
    }
    return given;
  }

  /**
   * All images, the most doubtful first.
   *
   * @param probabilities of each image for each class, by a model that has not learnt from it
   */
  static List<Doubt> rank(double[][] probabilities, int[] labels) {
    double[] thresholds = thresholds(probabilities, labels);
    return IntStream.range(0, labels.length)
        .mapToObj(image -> doubt(image, probabilities[image], labels[image], thresholds))
        .sorted(Comparator.comparingDouble((Doubt doubt) -> doubt.own() - doubt.other()))
        .toList();
  }

  private static double[] thresholds(double[][] probabilities, int[] labels) {
    double[] sums = new double[probabilities[0].length];
    int[] counts = new int[sums.length];
    for (int i = 0; i < labels.length; i++) {
      sums[labels[i]] += probabilities[i][labels[i]];
      counts[labels[i]]++;
    }
    return IntStream.range(0, sums.length).mapToDouble(c -> sums[c] / counts[c]).toArray();
  }

  private static Doubt doubt(int image, double[] p, int label, double[] thresholds) {
    int likelier =
        IntStream.range(0, p.length)
            .filter(c -> c != label)
            .boxed()
            .max(Comparator.comparingDouble(c -> p[c]))
            .orElseThrow();
    int confident =
        IntStream.range(0, p.length)
            .filter(c -> p[c] >= thresholds[c])
            .boxed()
            .max(Comparator.comparingDouble(c -> p[c]))
            .orElse(label);
    return new Doubt(image, likelier, p[label], p[likelier], confident != label);
  }
}
