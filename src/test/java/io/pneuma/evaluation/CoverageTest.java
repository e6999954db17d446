package io.pneuma.evaluation;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * How often 95 % intervals hold the truth, by simulation; the numbers stand in
 * docs/decisions/intervals.md. The bounds leave 0.01, two standard errors of 2,000 data sets.
 */
class CoverageTest {
  private static final int DATA_SETS = 2000;

  /** Fewer than the program's, for time; they tell quantiles as well on the average. */
  private static final int DRAWS = 399;

  private static final int PATIENTS_OF_THE_TRUTH = 1_000_000;

  /**
   * A population. A patient's logit is normal around its class's mean, an image's around its
   * patient's; the stated probability is the logit's, moved.
   *
   * @param patients drawn for a data set
   * @param ill chance that a patient is of the positive class
   * @param apart distance of the classes' means, in standard deviations of an image
   * @param mostImages a patient has 1 to so many
   * @param alike share of the variance that a patient's images have in common
   * @param boldness what the honest logit is multiplied by
   */
  record Population(
      int patients, double ill, double apart, int mostImages, double alike, double boldness) {
    Answers sample(int count, SplittableRandom random) {
      List<String> names = new ArrayList<>();
      List<Integer> labels = new ArrayList<>();
      List<double[]> probabilities = new ArrayList<>();
      for (int patient = 0; patient < count; patient++) {
        int label = random.nextDouble() < ill ? 1 : 0;
        double own = (label - 0.5) * apart + Math.sqrt(alike) * random.nextGaussian();
        int images = random.nextInt(1, mostImages + 1);
        for (int i = 0; i < images; i++) {
          double at = own + Math.sqrt(1 - alike) * random.nextGaussian();
          double logit = apart * at + Math.log(ill / (1 - ill));
          double p = 1 / (1 + Math.exp(-boldness * logit));
          names.add("p" + patient);
          labels.add(label);
          probabilities.add(new double[] {1 - p, p});
        }
      }
      return new Answers(
          List.of("well", "ill"),
          names,
          labels.stream().mapToInt(Integer::intValue).toArray(),
          probabilities.toArray(double[][]::new));
    }
  }

  static Stream<Population> populations() {
    return Stream.of(
        new Population(200, 0.3, 2, 1, 0, 1),
        new Population(1000, 0.1, 2.5, 1, 0, 1.5),
        new Population(60, 0.2, 2, 1, 0, 1),
        new Population(150, 0.7, 3, 5, 0.7, 1.3),
        new Population(80, 0.25, 1.5, 3, 0.5, 1));
  }

  @ParameterizedTest
  @MethodSource("populations")
  void intervalsHoldTheTruth(Population population) {
    Scores truth = scores(population.sample(PATIENTS_OF_THE_TRUTH, new SplittableRandom(1)));
    double[] once = Estimate.once(truth.correct().length);
    List<String> names = Metrics.names().stream().filter(name -> !name.equals("ece")).toList();
    Map<String, Double> values = new LinkedHashMap<>();
    names.forEach(name -> values.put(name, truth.of(name, once).value()));
    Map<String, Integer> held = new TreeMap<>();
    Map<String, Integer> all = new TreeMap<>();
    List<Map<String, double[]>> intervals =
        IntStream.range(0, DATA_SETS)
            .parallel()
            .mapToObj(
                seed -> {
                  Answers answers =
                      population.sample(population.patients(), new SplittableRandom(100L + seed));
                  Patients patients = new Patients(answers.patients(), answers.labels());
                  return new Intervals(scores(answers), patients, DRAWS, seed).of(names);
                })
            .toList();
    for (Map<String, double[]> each : intervals) {
      each.forEach(
          (name, interval) -> {
            double value = values.get(name);
            all.merge(name, 1, Integer::sum);
            held.merge(name, interval[0] <= value && value <= interval[1] ? 1 : 0, Integer::sum);
          });
    }
    Map<String, Double> coverage = new TreeMap<>();
    all.forEach((name, count) -> coverage.put(name, (double) held.get(name) / count));
    assertTrue(
        coverage.values().stream().allMatch(share -> share >= 0.92 && share <= 0.98),
        coverage::toString);
  }

  private static Scores scores(Answers answers) {
    return Scores.of(answers.labels(), answers.probabilities(), Decision.at(1));
  }
}
