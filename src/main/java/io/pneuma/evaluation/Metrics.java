package io.pneuma.evaluation;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/**
 * The scores of one split. What is undefined, such as the precision of no positive answer, is NaN
 * (null in JSON).
 *
 * <p>With two classes an image counts as positive when the probability of the positive class is at
 * least 0.5. With more, the answer is the class of the greatest probability, accuracy counts all
 * classes, and every other binary score sets the positive class against the rest.
 *
 * @param n images
 * @param positive images whose true class is the positive one
 * @param balancedAccuracy mean of recall and specificity
 * @param rocAuc chance that a positive image scores above a negative one, a tie counting half
 * @param prAuc average precision
 * @param ece expected calibration error of the answer's probability, in 15 bins
 * @param threshold least probability of a positive answer; NaN with more than two classes
 */
public record Metrics(
    int n,
    int positive,
    double accuracy,
    double precision,
    double recall,
    double specificity,
    double f1,
    double balancedAccuracy,
    double rocAuc,
    double prAuc,
    double ece,
    double threshold,
    Confusion confusion) {

  private static final double THRESHOLD = 0.5;

  /** The probability below which {@link #logLoss} does not look, so that no loss is infinite. */
  private static final double LEAST_PROBABILITY = 1e-15;

  private static final Map<String, ToDoubleFunction<Metrics>> BY_NAME = new LinkedHashMap<>();

  static {
    BY_NAME.put("accuracy", Metrics::accuracy);
    BY_NAME.put("precision", Metrics::precision);
    BY_NAME.put("recall", Metrics::recall);
    BY_NAME.put("specificity", Metrics::specificity);
    BY_NAME.put("f1", Metrics::f1);
    BY_NAME.put("balancedAccuracy", Metrics::balancedAccuracy);
    BY_NAME.put("rocAuc", Metrics::rocAuc);
    BY_NAME.put("prAuc", Metrics::prAuc);
    BY_NAME.put("ece", Metrics::ece);
  }

  /** True and false, positive and negative answers. */
  public record Confusion(int tp, int fp, int tn, int fn) {}

  /**
   * Scores the answers for a set of images.
   *
   * @param labels index of each image's true class
   * @param probabilities for each image one for each class
   * @throws DivergedException when a probability is NaN or outside 0 to 1
   */
  public static Metrics of(int[] labels, double[][] probabilities, int positiveClass) {
    int classes = check(labels, probabilities);
    if (positiveClass < 0 || positiveClass >= classes) {
      throw new IllegalArgumentException(
          "positive class " + positiveClass + " is none of the " + classes + " classes");
    }
    boolean[] positive = new boolean[labels.length];
    boolean[] correct = new boolean[labels.length];
    double[] scores = new double[labels.length];
    double[] confidences = new double[labels.length];
    int right = 0;
    int tp = 0;
    int fp = 0;
    int tn = 0;
    int fn = 0;
    for (int i = 0; i < labels.length; i++) {
      int answer = answer(probabilities[i], positiveClass);
      positive[i] = labels[i] == positiveClass;
      correct[i] = labels[i] == answer;
      scores[i] = probabilities[i][positiveClass] + 0.0; // -0.0 becomes 0.0, and they tie.
      confidences[i] = probabilities[i][answer];
      right += correct[i] ? 1 : 0;
      if (answer == positiveClass) {
        tp += positive[i] ? 1 : 0;
        fp += positive[i] ? 0 : 1;
      } else {
        fn += positive[i] ? 1 : 0;
        tn += positive[i] ? 0 : 1;
      }
    }
    double recall = ratio(tp, tp + fn);
    double specificity = ratio(tn, tn + fp);
    return new Metrics(
        labels.length,
        tp + fn,
        ratio(right, labels.length),
        ratio(tp, tp + fp),
        recall,
        specificity,
        ratio(2.0 * tp, 2.0 * tp + fp + fn),
        (recall + specificity) / 2,
        Ranking.rocAuc(positive, scores),
        Ranking.averagePrecision(positive, scores),
        Calibration.expectedError(correct, confidences),
        classes == 2 ? THRESHOLD : Double.NaN,
        new Confusion(tp, fp, tn, fn));
  }

  /** The class that a network with these probabilities decides for. */
  public static int answer(double[] probabilities, int positiveClass) {
    if (probabilities.length == 2) {
      return probabilities[positiveClass] >= THRESHOLD ? positiveClass : 1 - positiveClass;
    }
    int best = 0;
    for (int i = 1; i < probabilities.length; i++) {
      best = probabilities[i] > probabilities[best] ? i : best;
    }
    return best;
  }

  /**
   * The mean negative logarithm of the true class's probability; a probability below 1e-15 counts
   * as 1e-15.
   *
   * @throws DivergedException when a probability is NaN or outside 0 to 1
   */
  public static double logLoss(int[] labels, double[][] probabilities) {
    check(labels, probabilities);
    double sum = 0;
    for (int i = 0; i < labels.length; i++) {
      sum -= Math.log(Math.max(LEAST_PROBABILITY, probabilities[i][labels[i]]));
    }
    return sum / labels.length;
  }

  /** The scores that {@link #get} knows; of all but ece more is better. */
  public static List<String> names() {
    return List.copyOf(BY_NAME.keySet());
  }

  /** A score by the name of its field. */
  public double get(String name) {
    ToDoubleFunction<Metrics> field = BY_NAME.get(name);
    if (field == null) {
      throw new IllegalArgumentException("unknown metric " + name + "; known: " + names());
    }
    return field.applyAsDouble(this);
  }

  /** Checks labels and probabilities, and returns the number of classes. */
  private static int check(int[] labels, double[][] probabilities) {
    if (labels.length == 0 || labels.length != probabilities.length) {
      throw new IllegalArgumentException(
          labels.length + " labels and the probabilities of " + probabilities.length + " images");
    }
    int classes = probabilities[0].length;
    for (int i = 0; i < labels.length; i++) {
      if (probabilities[i].length != classes || labels[i] < 0 || labels[i] >= classes) {
        throw new IllegalArgumentException(
            "image "
                + i
                + " has label "
                + labels[i]
                + " and "
                + probabilities[i].length
                + " probabilities; expected "
                + classes
                + " classes");
      }
      for (int label = 0; label < classes; label++) {
        double probability = probabilities[i][label];
        if (!(probability >= 0 && probability <= 1)) { // NaN is neither.
          throw new DivergedException(i, label, probability);
        }
      }
    }
    return classes;
  }

  private static double ratio(double part, double whole) {
    return part / whole; // 0/0 is NaN: there is nothing to take a share of.
  }
}
