package io.pneuma.evaluation;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import org.hipparchus.distribution.continuous.NormalDistribution;
import org.hipparchus.distribution.discrete.BinomialDistribution;
import org.hipparchus.random.MersenneTwister;

/**
 * Two models on the same images.
 *
 * @param images that both answered
 * @param patients that the images are of
 * @param onlyFirst images that the first alone answered rightly
 * @param onlySecond images that the second alone answered rightly
 * @param mcnemar two-sided p of McNemar's exact test ("Note on the sampling error of the difference
 *     between correlated proportions", 1947), which takes images as independent
 * @param differences of the scores, the first less the second, with patients as the unit
 */
public record Comparison(
    int images,
    int patients,
    int onlyFirst,
    int onlySecond,
    double mcnemar,
    Map<String, Difference> differences) {

  /** The scores that are compared by a paired bootstrap. */
  private static final List<String> BY_BOOTSTRAP =
      List.of("accuracy", "balancedAccuracy", "f1", "mcc", "prAuc", "brier");

  private static final String ROC_AUC = "rocAuc";
  private static final NormalDistribution NORMAL = new NormalDistribution();

  /**
   * A difference with its 95 % confidence interval and the two-sided p of there being none.
   *
   * @param value NaN where a score is undefined
   */
  public record Difference(double value, double low, double high, double p) {}

  /** A p value as it is read: to four digits, and not below what matters. */
  public static String digits(double p) {
    return p < 0.0001 ? "<0.0001" : String.format(Locale.ROOT, "%.4f", p);
  }

  /**
   * Compares two models: ROC AUC by DeLong et al. (1988), with several images a patient by
   * Obuchowski (1997); other scores by a paired bootstrap over patients, stratified by class.
   *
   * @param first what one says of the images
   * @param second what the other says of the same images in the same order
   * @param seed of the bootstrap's draws
   */
  public static Comparison of(
      Answers first, Decision firstDecision, Answers second, Decision secondDecision, long seed) {
    if (!Arrays.equals(first.labels(), second.labels())
        || !first.patients().equals(second.patients())) {
      throw new IllegalArgumentException("the two have answered for other images");
    }
    int[] labels = first.labels();
    Patients patients = new Patients(first.patients(), labels);
    int onlyFirst = 0;
    int onlySecond = 0;
    for (int i = 0; i < labels.length; i++) {
      boolean firstRight = firstDecision.answer(first.probabilities()[i]) == labels[i];
      boolean secondRight = secondDecision.answer(second.probabilities()[i]) == labels[i];
      onlyFirst += firstRight && !secondRight ? 1 : 0;
      onlySecond += secondRight && !firstRight ? 1 : 0;
    }
    return new Comparison(
        labels.length,
        patients.count(),
        onlyFirst,
        onlySecond,
        mcnemar(onlyFirst, onlySecond),
        differences(
            List.of(Scores.of(labels, first.probabilities(), firstDecision)),
            List.of(Scores.of(labels, second.probabilities(), secondDecision)),
            patients,
            BY_BOOTSTRAP,
            seed));
  }

  /**
   * Differences of the mean scores of several trainings of two models, such as by several seeds, on
   * the same images.
   *
   * @param names of the scores; ROC AUC comes besides
   */
  public static Map<String, Difference> ofMeans(
      List<Answers> first, List<Answers> second, Decision decision, List<String> names, long seed) {
    Answers any = first.get(0);
    Patients patients = new Patients(any.patients(), any.labels());
    return differences(scores(first, decision), scores(second, decision), patients, names, seed);
  }

  private static List<Scores> scores(List<Answers> trainings, Decision decision) {
    return trainings.stream()
        .map(answers -> Scores.of(answers.labels(), answers.probabilities(), decision))
        .toList();
  }

  private static Map<String, Difference> differences(
      List<Scores> first, List<Scores> second, Patients patients, List<String> names, long seed) {
    Map<String, Difference> differences = new LinkedHashMap<>();
    differences.put(ROC_AUC, deLong(first, second, patients));
    differences.putAll(bootstrap(first, second, patients, names, seed));
    return differences;
  }

  private static Estimate mean(List<Scores> trainings, String name, double[] weights) {
    return Estimate.mean(
        trainings.stream().map(scores -> scores.of(name, weights)).toArray(Estimate[]::new));
  }

  /** Two-sided: twice the chance of as few as the fewer ones, were both kinds as likely. */
  static double mcnemar(int onlyFirst, int onlySecond) {
    BinomialDistribution even = new BinomialDistribution(onlyFirst + onlySecond, 0.5);
    return Math.min(1, 2 * even.cumulativeProbability(Math.min(onlyFirst, onlySecond)));
  }

  private static Difference deLong(List<Scores> one, List<Scores> two, Patients patients) {
    double[] once = Estimate.once(one.get(0).correct().length);
    Estimate first = mean(one, ROC_AUC, once);
    Estimate second = mean(two, ROC_AUC, once);
    double[] influence = new double[once.length];
    for (int i = 0; i < influence.length; i++) {
      influence[i] = first.influence()[i] - second.influence()[i];
    }
    double value = first.value() - second.value();
    double error = Math.sqrt(patients.variance(influence));
    double half = NORMAL.inverseCumulativeProbability(0.975) * error;
    double p = error > 0 ? 2 * NORMAL.cumulativeProbability(-Math.abs(value) / error) : 1;
    return new Difference(value, value - half, value + half, p);
  }

  private static Map<String, Difference> bootstrap(
      List<Scores> one, List<Scores> two, Patients patients, List<String> names, long seed) {
    MersenneTwister random = new MersenneTwister(seed);
    int n = one.get(0).correct().length;
    Map<String, double[]> draws = new LinkedHashMap<>();
    names.forEach(name -> draws.put(name, new double[Intervals.DRAWS]));
    for (int draw = 0; draw < Intervals.DRAWS; draw++) {
      double[] weights = patients.draw(random).weights();
      for (Map.Entry<String, double[]> each : draws.entrySet()) {
        each.getValue()[draw] = difference(one, two, each.getKey(), weights);
      }
    }
    Map<String, Difference> differences = new LinkedHashMap<>();
    draws.forEach(
        (name, values) ->
            differences.put(
                name, difference(difference(one, two, name, Estimate.once(n)), values)));
    return differences;
  }

  private static double difference(
      List<Scores> one, List<Scores> two, String name, double[] weights) {
    return mean(one, name, weights).value() - mean(two, name, weights).value();
  }

  /** Percentiles, and twice the share of draws on the far side of 0 (Davison and Hinkley, 4.4). */
  private static Difference difference(double value, double[] draws) {
    double[] sorted = Arrays.stream(draws).filter(draw -> !Double.isNaN(draw)).sorted().toArray();
    if (Double.isNaN(value) || sorted.length == 0) {
      return new Difference(value, Double.NaN, Double.NaN, Double.NaN);
    }
    long below = Arrays.stream(sorted).filter(draw -> draw <= 0).count();
    long above = Arrays.stream(sorted).filter(draw -> draw >= 0).count();
    double p = Math.min(1, 2.0 * (1 + Math.min(below, above)) / (sorted.length + 1));
    int low = Math.max(0, (int) Math.round(0.025 * (sorted.length + 1)) - 1);
    int high = Math.min(sorted.length - 1, (int) Math.round(0.975 * (sorted.length + 1)) - 1);
    return new Difference(value, sorted[low], sorted[high], p);
  }

  /**
   * The p values of several comparisons, each raised so that the chance of one wrong rejection
   * among all is kept (Holm, "A simple sequentially rejective multiple test procedure", 1979).
   */
  public static List<Double> holm(List<Double> p) {
    List<Integer> rising = new ArrayList<>(IntStream.range(0, p.size()).boxed().toList());
    rising.sort(Comparator.comparing(p::get));
    Double[] adjusted = new Double[p.size()];
    double least = 0;
    for (int rank = 0; rank < rising.size(); rank++) {
      double raised = (p.size() - rank) * p.get(rising.get(rank));
      least = Double.isNaN(raised) ? raised : Math.min(1, Math.max(least, raised));
      adjusted[rising.get(rank)] = least;
    }
    return List.of(adjusted);
  }
}
