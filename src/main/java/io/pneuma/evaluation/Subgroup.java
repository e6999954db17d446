package io.pneuma.evaluation;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonInclude.Include;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Scores of the images that share an attribute's value, at the threshold of all: of the positive
 * class, or, where classes count alike, the means over them. NaN where the subgroup has no image to
 * tell, such as a specificity where all are ill.
 *
 * @param ci95 low and high end of each score's 95 % confidence interval
 */
@JsonInclude(Include.ALWAYS)
public record Subgroup(
    int images,
    int patients,
    double accuracy,
    double recall,
    double specificity,
    double precision,
    double rocAuc,
    Map<String, double[]> ci95) {

  /** Patients below which a subgroup's scores tell little. */
  public static final int FEW = 30;

  /** The scores of a subgroup. */
  public static final List<String> SCORES =
      List.of("accuracy", "recall", "specificity", "precision", "rocAuc");

  /** A score by its name among {@link #SCORES}. */
  public double score(String name) {
    return switch (name) {
      case "accuracy" -> accuracy;
      case "recall" -> recall;
      case "specificity" -> specificity;
      case "precision" -> precision;
      case "rocAuc" -> rocAuc;
      default -> throw new IllegalArgumentException(name);
    };
  }

  /**
   * Measures each subgroup.
   *
   * @param attributes by their name the value for each image; empty where it is unknown
   * @param seed of the bootstrap's draws
   * @return by attribute, then by value, both sorted
   */
  public static Map<String, Map<String, Subgroup>> of(
      Answers answers, Map<String, List<String>> attributes, OperatingPoint point, long seed) {
    Map<String, Map<String, Subgroup>> subgroups = new TreeMap<>();
    attributes.forEach(
        (name, values) -> {
          Map<String, Subgroup> byValue = new TreeMap<>();
          for (String value : new TreeSet<>(values)) {
            if (!value.isEmpty()) {
              byValue.put(value, of(among(answers, values, value), point, seed));
            }
          }
          subgroups.put(name, byValue);
        });
    return subgroups;
  }

  private static Answers among(Answers answers, List<String> values, String value) {
    List<Integer> kept = new ArrayList<>();
    for (int i = 0; i < values.size(); i++) {
      if (values.get(i).equals(value)) {
        kept.add(i);
      }
    }
    return new Answers(
        answers.classes(),
        kept.stream().map(answers.patients()::get).toList(),
        kept.stream().mapToInt(i -> answers.labels()[i]).toArray(),
        kept.stream().map(i -> answers.probabilities()[i]).toArray(double[][]::new));
  }

  private static Subgroup of(Answers answers, OperatingPoint point, long seed) {
    int[] labels = answers.labels();
    Scores scores = Scores.of(labels, answers.probabilities(), point.decision(answers.classes()));
    Patients patients = new Patients(answers.patients(), labels);
    double[] once = Estimate.once(labels.length);
    Map<String, Double> values = new LinkedHashMap<>();
    SCORES.forEach(name -> values.put(name, scores.of(name, once).value()));
    return new Subgroup(
        labels.length,
        patients.count(),
        values.get("accuracy"),
        values.get("recall"),
        values.get("specificity"),
        values.get("precision"),
        values.get("rocAuc"),
        new Intervals(scores, patients, Intervals.DRAWS, seed).of(SCORES));
  }
}
