package io.pneuma.reproduction;

import io.pneuma.evaluation.Answers;
import io.pneuma.evaluation.Comparison;
import io.pneuma.evaluation.Comparison.Difference;
import io.pneuma.evaluation.Decision;
import io.pneuma.evaluation.Measurement;
import io.pneuma.evaluation.OperatingPoint;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The table and what stands beyond its intervals.
 *
 * @param images that were answered for
 * @param patients that they are of
 * @param seeds trainings of each network
 * @param rows in the order of the networks
 * @param comparisons with Holm's correction over all of them, score by score
 */
public record Table(
    int images, int patients, int seeds, List<Row> rows, List<Compared> comparisons) {
  /** The scores of the paper's table 2, and the ROC AUC that it does not give. */
  static final List<String> SCORES =
      List.of("recall", "precision", "balancedAccuracy", "f1", "accuracy", "rocAuc");

  /**
   * What the paper reports of its test split (Cha et al. 2021, table 2), in the order of SCORES.
   */
  private static final Map<String, List<Double>> PAPER =
      Map.of(
          "resnet152", List.of(0.9897, 0.9346, 0.9372, 0.961, 0.9503),
          "densenet121", List.of(0.9872, 0.9413, 0.9423, 0.964, 0.9535),
          "resnet18", List.of(0.9897, 0.9324, 0.9350, 0.960, 0.9487),
          "se", List.of(0.9846, 0.9624, 0.9603, 0.973, 0.9663));

  /**
   * A network.
   *
   * @param scores by name
   */
  public record Row(String network, Map<String, Score> scores) {}

  /**
   * A score over the seeds.
   *
   * @param mean over the seeds
   * @param spread standard deviation over the seeds; NaN for one
   * @param low mean over the seeds of the low ends of the 95 % intervals by patients
   * @param high the same of the high ends
   * @param paper what the paper reports; NaN where it reports none
   */
  public record Score(double mean, double spread, double low, double high, double paper) {}

  /**
   * Two networks on the same images, the first less the second, means over the seeds.
   *
   * @param holm p values, corrected over all comparisons
   */
  public record Compared(
      String first, String second, Map<String, Difference> differences, Map<String, Double> holm) {}

  /**
   * Makes the table.
   *
   * @param answers of each network by each seed
   * @param decision at a threshold of one half, as in the paper
   * @param positive name of the positive class; null where all count alike
   */
  public static Table of(
      List<Cell> cells,
      Map<String, List<Answers>> answers,
      Decision decision,
      String positive,
      long seed) {
    OperatingPoint point = new OperatingPoint(positive, Decision.HALF, "0.5", 1, null);
    List<Row> rows = new ArrayList<>();
    int patients = 0;
    for (Cell cell : cells) {
      List<Measurement> measured =
          answers.get(cell.name()).stream().map(of -> Measurement.of(of, point, seed)).toList();
      patients = measured.get(0).patients();
      Map<String, Score> scores = new LinkedHashMap<>();
      for (int i = 0; i < SCORES.size(); i++) {
        String name = SCORES.get(i);
        scores.put(name, score(measured, name, paper(cell, i)));
      }
      rows.add(new Row(cell.name(), scores));
    }
    List<Answers> any = answers.get(cells.get(0).name());
    return new Table(
        any.get(0).size(), patients, any.size(), rows, comparisons(cells, answers, decision, seed));
  }

  private static double paper(Cell cell, int score) {
    String key =
        cell.backbones() == 1
            ? cell.name()
            : cell.backbones() == 3 && cell.attention().equals("se") ? "se" : "";
    List<Double> figures = PAPER.getOrDefault(key, List.of());
    return score < figures.size() ? figures.get(score) : Double.NaN;
  }

  private static Score score(List<Measurement> measured, String name, double paper) {
    int n = measured.size();
    double[] values = measured.stream().mapToDouble(m -> m.metrics().get(name)).toArray();
    double mean = 0;
    double low = 0;
    double high = 0;
    for (int i = 0; i < n; i++) {
      double[] interval = measured.get(i).ci95().getOrDefault(name, new double[] {0, 1});
      mean += values[i] / n;
      low += interval[0] / n;
      high += interval[1] / n;
    }
    double squares = 0;
    for (double value : values) {
      squares += (value - mean) * (value - mean);
    }
    return new Score(mean, Math.sqrt(squares / (n - 1)), low, high, paper); // 0/0 is NaN.
  }

  /** Each attention against none; the paper's head against each backbone alone and each pair. */
  private static List<Compared> comparisons(
      List<Cell> cells, Map<String, List<Answers>> answers, Decision decision, long seed) {
    int all = cells.get(cells.size() - 1).backbones();
    List<Cell> merged = cells.stream().filter(cell -> cell.backbones() == all).toList();
    Cell without = merged.get(0);
    Cell se = merged.stream().filter(c -> c.attention().equals("se")).findFirst().orElseThrow();
    List<Compared> raw = new ArrayList<>();
    for (Cell cell : merged.subList(1, merged.size())) {
      raw.add(compared(cell, without, answers, decision, seed));
    }
    for (Cell cell : cells) {
      if (cell.backbones() < all) {
        raw.add(compared(se, cell, answers, decision, seed));
      }
    }
    List<Compared> corrected = new ArrayList<>();
    for (int i = 0; i < raw.size(); i++) {
      Compared each = raw.get(i);
      Map<String, Double> holm = new LinkedHashMap<>();
      for (String name : each.differences().keySet()) {
        List<Double> p = raw.stream().map(other -> other.differences().get(name).p()).toList();
        holm.put(name, Comparison.holm(p).get(i));
      }
      corrected.add(new Compared(each.first(), each.second(), each.differences(), holm));
    }
    return corrected;
  }

  private static Compared compared(
      Cell first, Cell second, Map<String, List<Answers>> answers, Decision decision, long seed) {
    Map<String, Difference> differences =
        Comparison.ofMeans(
            answers.get(first.name()),
            answers.get(second.name()),
            decision,
            List.of("balancedAccuracy", "accuracy"),
            seed);
    return new Compared(first.name(), second.name(), differences, Map.of());
  }

  /** The table in Markdown. */
  public String markdown() {
    StringBuilder text = new StringBuilder();
    text.append(
        ("%d images of %d patients, %d seeds. Mean over the seeds, ± their standard deviation, mean"
                + " 95 %% interval by patients; below, the paper's figure for its own split.%n%n")
            .formatted(images, patients, seeds));
    text.append("| network |");
    SCORES.forEach(name -> text.append(' ').append(title(name)).append(" |"));
    text.append("\n|---|").append("---|".repeat(SCORES.size())).append('\n');
    for (Row row : rows) {
      text.append("| ").append(row.network()).append(" |");
      row.scores().values().forEach(score -> text.append(' ').append(cell(score)).append(" |"));
      text.append('\n');
    }
    text.append("\n| first | second | score | difference | 95 % interval | p | Holm's p |\n");
    text.append("|---|---|---|---|---|---|---|\n");
    for (Compared compared : comparisons) {
      compared
          .differences()
          .forEach(
              (name, it) ->
                  text.append(
                      String.format(
                          Locale.ROOT,
                          "| %s | %s | %s | %+.4f | %+.4f to %+.4f | %s | %s |%n",
                          compared.first(),
                          compared.second(),
                          title(name),
                          it.value(),
                          it.low(),
                          it.high(),
                          Comparison.digits(it.p()),
                          Comparison.digits(compared.holm().get(name)))));
    }
    text.append('\n').append(verdict()).append('\n');
    return text.toString();
  }

  private static String title(String score) {
    return switch (score) {
      case "balancedAccuracy" -> "balanced accuracy (the paper's \"AUC\")";
      case "rocAuc" -> "ROC AUC";
      default -> score;
    };
  }

  private static String cell(Score score) {
    String spread =
        Double.isNaN(score.spread()) ? "" : String.format(Locale.ROOT, " ±%.4f", score.spread());
    String paper =
        Double.isNaN(score.paper())
            ? ""
            : String.format(Locale.ROOT, "; paper %.4f", score.paper());
    return String.format(Locale.ROOT, "%.4f", score.mean())
        + spread
        + String.format(Locale.ROOT, " [%.4f, %.4f]", score.low(), score.high())
        + paper;
  }

  /** Which comparisons stand beyond chance, in words. */
  public String verdict() {
    List<String> found = new ArrayList<>();
    for (Compared compared : comparisons) {
      compared
          .holm()
          .forEach(
              (name, p) -> {
                if (p < 0.05) {
                  double value = compared.differences().get(name).value();
                  String better = value > 0 ? compared.first() : compared.second();
                  String worse = value > 0 ? compared.second() : compared.first();
                  found.add(
                      String.format(
                          Locale.ROOT,
                          "%s beats %s in %s (by %.4f, p = %s)",
                          better,
                          worse,
                          name,
                          Math.abs(value),
                          Comparison.digits(p)));
                }
              });
    }
    return found.isEmpty()
        ? "No comparison stands beyond chance (Holm's correction, 5 %)."
        : "Beyond chance (Holm's correction, 5 %): " + String.join("; ", found) + ".";
  }
}
