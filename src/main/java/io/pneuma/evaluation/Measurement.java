package io.pneuma.evaluation;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonInclude.Include;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import io.pneuma.evaluation.Calibration.Bin;
import io.pneuma.evaluation.Calibration.BrierParts;
import io.pneuma.evaluation.Scores.OneAgainstRest;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/**
 * All that is measured of one split, as {@code metrics.json} has it.
 *
 * @param metrics at the chosen threshold; its fields stand among these
 * @param patients that the images are of; intervals take these as the unit
 * @param ci95 low and high end of each score's 95 % confidence interval
 * @param at05 the metrics at a threshold of 0.5; null with more than two classes
 * @param perClass each class against the rest, by its name, with intervals
 * @param macro means over the classes, with intervals
 * @param confusionMatrix images by the true class, then by the answered one
 * @param reliability stated and observed frequencies: of the positive class, or, where classes
 *     count alike, of the greatest probability's answer being right
 * @param brierParts of the positive class; null where there is none
 * @param conformal how the prediction sets did; null without them
 * @param seenInTraining images whose very bytes were trained on; null where not looked for
 * @param unfamiliar images unlike those of training; null where not looked for
 * @param subgroups by attribute and value; null where no attributes are known
 * @param shifts the scores on images as if they came from elsewhere; null where not measured
 */
@JsonInclude(Include.NON_NULL)
public record Measurement(
    @JsonUnwrapped Metrics metrics,
    int patients,
    Map<String, double[]> ci95,
    Metrics at05,
    Map<String, ClassScores> perClass,
    ClassScores macro,
    Map<String, Map<String, Integer>> confusionMatrix,
    List<Bin> reliability,
    BrierParts brierParts,
    Conformal.Outcome conformal,
    Integer seenInTraining,
    Unfamiliar unfamiliar,
    Map<String, Map<String, Subgroup>> subgroups,
    Shifts shifts) {

  private static final List<String> OF_A_CLASS =
      List.of("precision", "recall", "specificity", "npv", "f1", "rocAuc", "prAuc");

  /**
   * Scores of one class against the rest, or their means.
   *
   * @param images of this class, or all
   */
  @JsonInclude(Include.ALWAYS)
  public record ClassScores(
      int images,
      double precision,
      double recall,
      double specificity,
      double npv,
      double f1,
      double rocAuc,
      double prAuc,
      Map<String, double[]> ci95) {

    private static ClassScores of(int images, Scores scores, Intervals intervals) {
      double[] once = Estimate.once(scores.correct().length);
      Map<String, Double> values = new LinkedHashMap<>();
      OF_A_CLASS.forEach(name -> values.put(name, scores.of(name, once).value()));
      return new ClassScores(
          images,
          values.get("precision"),
          values.get("recall"),
          values.get("specificity"),
          values.get("npv"),
          values.get("f1"),
          values.get("rocAuc"),
          values.get("prAuc"),
          intervals.of(OF_A_CLASS));
    }
  }

  /**
   * Measures the answers for one split.
   *
   * @param point how the model decides
   * @param seed of the bootstrap's draws
   */
  public static Measurement of(Answers answers, OperatingPoint point, long seed) {
    return of(answers, Map.of(), point, seed);
  }

  /**
   * Measures the answers for one split, and those for its subgroups.
   *
   * @param attributes by their name the value for each image; empty where it is unknown
   * @param point how the model decides
   * @param seed of the bootstrap's draws
   */
  public static Measurement of(
      Answers answers, Map<String, List<String>> attributes, OperatingPoint point, long seed) {
    Decision decision = point.decision(answers.classes());
    int[] labels = answers.labels();
    double[][] probabilities = answers.probabilities();
    Scores scores = Scores.of(labels, probabilities, decision);
    Patients patients = new Patients(answers.patients(), labels);
    Metrics metrics = Metrics.of(scores, labels.length, decision.threshold());
    boolean hasThreshold = scores instanceof OneAgainstRest;
    return new Measurement(
        metrics,
        patients.count(),
        new Intervals(scores, patients, Intervals.DRAWS, seed).of(Metrics.names()),
        hasThreshold ? Metrics.of(labels, probabilities, decision.at(Decision.HALF)) : null,
        perClass(answers, decision, patients, seed),
        macro(answers, decision, patients, seed),
        matrix(answers, decision),
        scores
            .positives()
            .map(view -> Calibration.bins(view.positive, view.scores))
            .orElseGet(() -> Calibration.bins(right(scores), scores.confidences())),
        scores
            .positives()
            .map(view -> Calibration.parts(view.positive, view.scores, metrics.brier()))
            .orElse(null),
        point.conformal() == null ? null : point.conformal().outcome(answers),
        null,
        null,
        attributes.isEmpty() ? null : Subgroup.of(answers, attributes, point, seed),
        null);
  }

  private static boolean[] right(Scores scores) {
    double[] correct = scores.correct();
    boolean[] right = new boolean[correct.length];
    for (int i = 0; i < right.length; i++) {
      right[i] = correct[i] == 1;
    }
    return right;
  }

  private static Map<String, ClassScores> perClass(
      Answers answers, Decision decision, Patients patients, long seed) {
    Map<String, ClassScores> perClass = new LinkedHashMap<>();
    List<OneAgainstRest> views = all(answers, decision).views;
    for (int label = 0; label < views.size(); label++) {
      OneAgainstRest view = views.get(label);
      int images = 0;
      for (boolean each : view.positive) {
        images += each ? 1 : 0;
      }
      Intervals intervals = new Intervals(view, patients, Intervals.DRAWS, seed);
      perClass.put(answers.classes().get(label), ClassScores.of(images, view, intervals));
    }
    return perClass;
  }

  private static ClassScores macro(
      Answers answers, Decision decision, Patients patients, long seed) {
    Scores all = all(answers, decision);
    Intervals intervals = new Intervals(all, patients, Intervals.DRAWS, seed);
    return ClassScores.of(answers.size(), all, intervals);
  }

  private static Scores.AllClasses all(Answers answers, Decision decision) {
    int[] answered = new int[answers.size()];
    for (int i = 0; i < answered.length; i++) {
      answered[i] = decision.answer(answers.probabilities()[i]);
    }
    return new Scores.AllClasses(answers.labels(), answers.probabilities(), answered);
  }

  private static Map<String, Map<String, Integer>> matrix(Answers answers, Decision decision) {
    List<String> classes = answers.classes();
    Map<String, Map<String, Integer>> matrix = new LinkedHashMap<>();
    for (String truth : classes) {
      Map<String, Integer> row = new LinkedHashMap<>();
      classes.forEach(answer -> row.put(answer, 0));
      matrix.put(truth, row);
    }
    for (int i = 0; i < answers.size(); i++) {
      String answer = classes.get(decision.answer(answers.probabilities()[i]));
      matrix.get(classes.get(answers.labels()[i])).merge(answer, 1, Integer::sum);
    }
    return matrix;
  }

  /**
   * Images unlike those of training.
   *
   * @param images flagged; on validation these are false alarms
   * @param threshold of the distance
   */
  public record Unfamiliar(int images, double share, double threshold) {
    /** Counts the distances beyond the threshold. */
    public static Unfamiliar of(List<Double> distances, double threshold) {
      int images = (int) distances.stream().filter(distance -> distance > threshold).count();
      return new Unfamiliar(images, (double) images / distances.size(), threshold);
    }
  }

  /** The same with what is known of the images themselves. */
  public Measurement with(int seen, Unfamiliar unlike) {
    return with(seen, unlike, shifts);
  }

  /** The same with the scores on shifted images. */
  public Measurement with(Shifts measured) {
    return with(seenInTraining, unfamiliar, measured);
  }

  private Measurement with(Integer seen, Unfamiliar unlike, Shifts measured) {
    return new Measurement(
        metrics,
        patients,
        ci95,
        at05,
        perClass,
        macro,
        confusionMatrix,
        reliability,
        brierParts,
        conformal,
        seen,
        unlike,
        subgroups,
        measured);
  }

  /** The class set against the rest, if there is one among these. */
  public static OptionalInt positive(List<String> classes, String name) {
    int index = name == null ? -1 : classes.indexOf(name);
    return index < 0 ? OptionalInt.empty() : OptionalInt.of(index);
  }
}
