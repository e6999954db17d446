package io.pneuma.evaluation;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonInclude.Include;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.function.ToDoubleFunction;

/**
 * The scores of one split. What is undefined, such as the precision of no positive answer, is NaN
 * (null in JSON).
 *
 * <p>With two classes the scores are those of the positive class. With more, accuracy and
 * calibration error are of all classes and the rest sets the positive class against the others;
 * where no class is the positive one, what is defined for one class is averaged over them.
 *
 * @param n images
 * @param positive images whose true class is the positive one; null where there is none
 * @param npv negative predictive value, the share of right ones among the negative answers
 * @param balancedAccuracy mean of recall and specificity; of the classes' recalls where they count
 *     alike
 * @param mcc Matthews' correlation coefficient
 * @param rocAuc chance that a positive image scores above a negative one, a tie counting half
 * @param prAuc average precision
 * @param brier mean squared distance of the positive class's probability from the truth; where
 *     classes count alike, summed over them (Brier, 1950)
 * @param ece expected calibration error of the greatest probability, in 15 bins
 * @param threshold least probability of a positive answer; NaN with more than two classes
 * @param confusion null where there is no positive class
 */
public record Metrics(
    int n,
    Integer positive,
    double accuracy,
    double precision,
    double recall,
    double specificity,
    double npv,
    double f1,
    double balancedAccuracy,
    double mcc,
    double rocAuc,
    double prAuc,
    double brier,
    double ece,
    double threshold,
    @JsonInclude(Include.NON_NULL) Confusion confusion) {

  /** The probability below which {@link #logLoss} does not look, so that no loss is infinite. */
  private static final double LEAST_PROBABILITY = 1e-15;

  private static final Map<String, ToDoubleFunction<Metrics>> BY_NAME = new LinkedHashMap<>();

  static {
    BY_NAME.put("accuracy", Metrics::accuracy);
    BY_NAME.put("precision", Metrics::precision);
    BY_NAME.put("recall", Metrics::recall);
    BY_NAME.put("specificity", Metrics::specificity);
    BY_NAME.put("npv", Metrics::npv);
    BY_NAME.put("f1", Metrics::f1);
    BY_NAME.put("balancedAccuracy", Metrics::balancedAccuracy);
    BY_NAME.put("mcc", Metrics::mcc);
    BY_NAME.put("rocAuc", Metrics::rocAuc);
    BY_NAME.put("prAuc", Metrics::prAuc);
    BY_NAME.put("brier", Metrics::brier);
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
  public static Metrics of(int[] labels, double[][] probabilities, Decision decision) {
    check(labels, probabilities, decision);
    return of(Scores.of(labels, probabilities, decision), labels.length, decision.threshold());
  }

  static Metrics of(Scores scores, int n, double threshold) {
    double[] once = Estimate.once(n);
    Confusion confusion = scores.positives().map(Metrics::confusion).orElse(null);
    return new Metrics(
        n,
        confusion == null ? null : (Integer) (confusion.tp() + confusion.fn()),
        scores.of("accuracy", once).value(),
        scores.of("precision", once).value(),
        scores.of("recall", once).value(),
        scores.of("specificity", once).value(),
        scores.of("npv", once).value(),
        scores.of("f1", once).value(),
        scores.of("balancedAccuracy", once).value(),
        scores.of("mcc", once).value(),
        scores.of("rocAuc", once).value(),
        scores.of("prAuc", once).value(),
        scores.of("brier", once).value(),
        scores.calibrationError(once),
        scores instanceof Scores.OneAgainstRest ? threshold : Double.NaN,
        confusion);
  }

  private static Confusion confusion(Scores.OneAgainstRest view) {
    int[] counts = new int[4]; // Twice whether it is positive, and whether the answer is.
    for (int i = 0; i < view.positive.length; i++) {
      counts[(view.positive[i] ? 2 : 0) + (view.answered[i] ? 1 : 0)]++;
    }
    return new Confusion(counts[3], counts[1], counts[0], counts[2]);
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

  /** The scores that {@link #get} knows; of all but brier and ece more is better. */
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

  static void check(int[] labels, double[][] probabilities, Decision decision) {
    int classes = check(labels, probabilities);
    OptionalInt positive = decision.positiveClass();
    if (positive.isPresent() && (positive.getAsInt() < 0 || positive.getAsInt() >= classes)) {
      throw new IllegalArgumentException(
          "positive class " + positive.getAsInt() + " is none of the " + classes + " classes");
    }
  }

  /** Checks labels and probabilities, and returns the number of classes. */
  static int check(int[] labels, double[][] probabilities) {
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
}
