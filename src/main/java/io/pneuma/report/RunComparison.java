package io.pneuma.report;

import io.pneuma.evaluation.Answers;
import io.pneuma.evaluation.Comparison;
import io.pneuma.evaluation.Comparison.Difference;
import io.pneuma.report.RecordedRun.Image;
import io.pneuma.run.RunException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;

/**
 * Runs compared on the same images, each with each.
 *
 * @param split whose images those are
 * @param pairs in the order of the runs
 */
public record RunComparison(String split, List<Pair> pairs) {
  private static final double SIGNIFICANT = 0.05;

  /**
   * Two of the runs.
   *
   * @param first its place among them
   * @param second its place among them
   * @param holm the p values with Holm's correction over all pairs: {@code mcnemar} and the scores'
   */
  public record Pair(int first, int second, Comparison comparison, Map<String, Double> holm) {}

  /**
   * Compares runs on their test splits, or on validation where none has a test split.
   *
   * @param seed of the bootstrap's draws
   * @throws RunException when they were not measured on the same images
   */
  public static RunComparison of(List<RecordedRun> runs, long seed) {
    boolean tested = runs.stream().anyMatch(run -> !run.of("test").isEmpty());
    String split = tested ? "test" : "validation";
    List<String> classes = runs.get(0).labels();
    for (RecordedRun run : runs.subList(1, runs.size())) {
      requireSame(runs.get(0), run, split);
    }
    List<Answers> answers = runs.stream().map(run -> run.answers(split, classes)).toList();
    List<Pair> pairs = new ArrayList<>();
    for (int i = 0; i < runs.size(); i++) {
      for (int j = i + 1; j < runs.size(); j++) {
        Comparison comparison =
            Comparison.of(
                answers.get(i),
                runs.get(i).decision(classes),
                // One run's names for the patients count: content is what makes images the same.
                new Answers(
                    classes,
                    answers.get(i).patients(),
                    answers.get(j).labels(),
                    answers.get(j).probabilities()),
                runs.get(j).decision(classes),
                seed);
        pairs.add(new Pair(i, j, comparison, Map.of()));
      }
    }
    return new RunComparison(split, corrected(pairs));
  }

  private static void requireSame(RecordedRun first, RecordedRun other, String split) {
    if (!new TreeSet<>(first.labels()).equals(new TreeSet<>(other.labels()))
        || !Objects.equals(first.point().positiveClass(), other.point().positiveClass())) {
      throw new RunException(
          "%s tells %s (positive: %s) and %s tells %s (positive: %s); runs of the same classes can be compared"
              .formatted(
                  first.run().root(),
                  String.join(", ", first.labels()),
                  first.point().positiveClass(),
                  other.run().root(),
                  String.join(", ", other.labels()),
                  other.point().positiveClass()));
    }
    List<String> lacking = lacking(first.of(split), other.of(split));
    List<String> besides = lacking(other.of(split), first.of(split));
    if (!lacking.isEmpty() || !besides.isEmpty()) {
      String example = lacking.isEmpty() ? besides.get(0) : lacking.get(0);
      throw new RunException(
          ("%s and %s were not measured on the same images: of the %s split %d of the one and %d of"
                  + " the other are not in both, such as %s; compare runs that have the same data,"
                  + " seed, data.validation and data.test")
              .formatted(
                  first.run().root(),
                  other.run().root(),
                  split,
                  lacking.size(),
                  besides.size(),
                  example));
    }
  }

  /** The files of those images whose content and class the others do not have as often. */
  private static List<String> lacking(List<Image> images, List<Image> others) {
    Map<String, Integer> there = new HashMap<>();
    others.forEach(image -> there.merge(key(image), 1, Integer::sum));
    List<String> lacking = new ArrayList<>();
    for (Image image : images) {
      if (there.merge(key(image), -1, Integer::sum) < 0) {
        lacking.add(image.known().file());
      }
    }
    return lacking;
  }

  private static String key(Image image) {
    return image.known().label() + " " + image.known().sha256();
  }

  private static List<Pair> corrected(List<Pair> pairs) {
    List<Map<String, Double>> holm = new ArrayList<>();
    pairs.forEach(pair -> holm.add(new LinkedHashMap<>()));
    List<String> tests = new ArrayList<>(List.of("mcnemar"));
    tests.addAll(pairs.get(0).comparison().differences().keySet());
    for (String test : tests) {
      List<Double> p =
          Comparison.holm(pairs.stream().map(pair -> p(pair.comparison(), test)).toList());
      for (int i = 0; i < pairs.size(); i++) {
        holm.get(i).put(test, p.get(i));
      }
    }
    List<Pair> corrected = new ArrayList<>();
    for (int i = 0; i < pairs.size(); i++) {
      Pair pair = pairs.get(i);
      corrected.add(new Pair(pair.first(), pair.second(), pair.comparison(), holm.get(i)));
    }
    return corrected;
  }

  private static double p(Comparison comparison, String test) {
    return test.equals("mcnemar") ? comparison.mcnemar() : comparison.differences().get(test).p();
  }

  /**
   * What a pair's comparison comes to, in words.
   *
   * @param first the one's name
   * @param second the other's
   */
  public static String sentence(Pair pair, String first, String second) {
    Comparison it = pair.comparison();
    double p = pair.holm().get("mcnemar");
    String verdict =
        p >= SIGNIFICANT
            ? "their answers cannot be told apart"
            : (it.onlyFirst() > it.onlySecond() ? first : second)
                + " answers better, by more than chance";
    Difference auc = it.differences().get("rocAuc");
    String ranks =
        pair.holm().get("rocAuc") >= SIGNIFICANT
            ? "their ROC AUCs cannot be told apart"
            : (auc.value() > 0 ? first : second) + " ranks better";
    return String.format(
        Locale.ROOT,
        "Of %d images %s alone answers %d rightly and %s alone %d: %s (p = %s); %s"
            + " (difference %.4f, 95 %% interval %.4f to %.4f, p = %s).",
        it.images(),
        first,
        it.onlyFirst(),
        second,
        it.onlySecond(),
        verdict,
        Comparison.digits(p),
        ranks,
        auc.value(),
        auc.low(),
        auc.high(),
        Comparison.digits(pair.holm().get("rocAuc")));
  }
}
