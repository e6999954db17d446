package io.pneuma.evaluation;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;

/** The scores of weighted images, by the names of {@link Metrics}. */
abstract sealed class Scores {
  /** Of all scores but the calibration error, which has no influences. */
  abstract Estimate of(String name, double[] weights);

  /** The positive class against the rest; empty where there is none. */
  abstract Optional<OneAgainstRest> positives();

  /** For each image the chance that its answer is right, were its probabilities true. */
  abstract double[] confidences();

  /** 1 where the likeliest answer is right, else 0. */
  abstract double[] correct();

  double calibrationError(double[] weights) {
    return Calibration.expectedError(correct(), confidences(), weights);
  }

  static Scores of(int[] labels, double[][] probabilities, Decision decision) {
    int classes = probabilities[0].length;
    int[] answers = Arrays.stream(probabilities).mapToInt(decision::answer).toArray();
    OptionalInt positive = decision.positiveClass();
    if (positive.isPresent() && classes == 2) {
      return new OneAgainstRest(labels, probabilities, answers, positive.getAsInt());
    }
    AllClasses all = new AllClasses(labels, probabilities, answers);
    return positive.isPresent() ? new OneAmongMany(all, all.views.get(positive.getAsInt())) : all;
  }

  /** One class against all others together. */
  static final class OneAgainstRest extends Scores {
    final boolean[] positive;
    final boolean[] answered;
    final double[] scores;
    private final int[] truth; // 1 for positive
    private final int[] answers;
    private final Ranking ranking;

    OneAgainstRest(int[] labels, double[][] probabilities, int[] answered, int positiveClass) {
      int n = labels.length;
      this.positive = new boolean[n];
      this.answered = new boolean[n];
      this.scores = new double[n];
      this.truth = new int[n];
      this.answers = new int[n];
      for (int i = 0; i < n; i++) {
        this.positive[i] = labels[i] == positiveClass;
        this.answered[i] = answered[i] == positiveClass;
        this.scores[i] = probabilities[i][positiveClass] + 0.0; // -0.0 becomes 0.0, and they tie.
        this.truth[i] = this.positive[i] ? 1 : 0;
        this.answers[i] = this.answered[i] ? 1 : 0;
      }
      this.ranking = new Ranking(positive, scores);
    }

    @Override
    Estimate of(String name, double[] weights) {
      return switch (name) {
        case "precision", "npv", "recall", "specificity", "accuracy", "f1" ->
            Estimate.ratio(part(name), whole(name), weights);
        case "balancedAccuracy" -> Estimate.mean(of("recall", weights), of("specificity", weights));
        case "mcc" -> Estimate.matthews(truth, answers, 2, weights);
        case "rocAuc" -> ranking.rocAuc(weights);
        case "prAuc" -> ranking.averagePrecision(weights);
        case "brier" -> Estimate.ratio(squaredErrors(), ones(), weights);
        default -> throw new IllegalArgumentException(name);
      };
    }

    /** For a ratio, what each image adds to its numerator. */
    private double[] part(String name) {
      return each(
          i ->
              switch (name) {
                case "precision", "recall" -> both(positive[i], answered[i]);
                case "npv", "specificity" -> both(!positive[i], !answered[i]);
                case "f1" -> 2 * both(positive[i], answered[i]);
                default -> positive[i] == answered[i] ? 1 : 0;
              });
    }

    /** For a ratio, what each image adds to its denominator. */
    double[] whole(String name) {
      return each(
          i ->
              switch (name) {
                case "precision" -> answers[i];
                case "recall" -> truth[i];
                case "npv" -> 1 - answers[i];
                case "specificity" -> 1 - truth[i];
                case "f1" -> truth[i] + answers[i];
                default -> 1;
              });
    }

    private static double both(boolean one, boolean other) {
      return one && other ? 1 : 0;
    }

    private double[] squaredErrors() {
      return each(i -> (scores[i] - truth[i]) * (scores[i] - truth[i]));
    }

    private double[] ones() {
      return Estimate.once(positive.length);
    }

    private double[] each(IntToDoubleFunction value) {
      return IntStream.range(0, positive.length).mapToDouble(value).toArray();
    }

    @Override
    Optional<OneAgainstRest> positives() {
      return Optional.of(this);
    }

    @Override
    double[] confidences() {
      return each(i -> Math.max(scores[i], 1 - scores[i]));
    }

    @Override
    double[] correct() {
      return each(i -> positive[i] == (scores[i] >= Decision.HALF) ? 1 : 0);
    }
  }

  /** Classes that count alike: what is of one class against the rest is averaged over them. */
  static final class AllClasses extends Scores {
    final List<OneAgainstRest> views;
    private final int[] labels;
    private final double[][] probabilities;
    private final int[] answers;

    AllClasses(int[] labels, double[][] probabilities, int[] answers) {
      this.labels = labels;
      this.probabilities = probabilities;
      this.answers = answers;
      this.views =
          IntStream.range(0, probabilities[0].length)
              .mapToObj(label -> new OneAgainstRest(labels, probabilities, answers, label))
              .toList();
    }

    @Override
    Estimate of(String name, double[] weights) {
      double[] ones = Estimate.once(labels.length);
      return switch (name) {
        case "accuracy" -> Estimate.ratio(right(answers), ones, weights);
        case "mcc" -> Estimate.matthews(labels, answers, views.size(), weights);
        case "brier" -> Estimate.ratio(squaredErrors(), ones, weights);
        case "balancedAccuracy" -> mean("recall", weights);
        default -> mean(name, weights);
      };
    }

    private Estimate mean(String name, double[] weights) {
      return Estimate.mean(
          views.stream().map(view -> view.of(name, weights)).toArray(Estimate[]::new));
    }

    private double[] right(int[] answered) {
      return IntStream.range(0, labels.length)
          .mapToDouble(i -> labels[i] == answered[i] ? 1 : 0)
          .toArray();
    }

    private double[] squaredErrors() {
      double[] errors = new double[labels.length];
      for (int i = 0; i < errors.length; i++) {
        for (int k = 0; k < probabilities[i].length; k++) {
          double apart = probabilities[i][k] - (labels[i] == k ? 1 : 0);
          errors[i] += apart * apart;
        }
      }
      return errors;
    }

    @Override
    Optional<OneAgainstRest> positives() {
      return Optional.empty();
    }

    @Override
    double[] confidences() {
      return Arrays.stream(probabilities)
          .mapToDouble(p -> Arrays.stream(p).max().orElseThrow())
          .toArray();
    }

    @Override
    double[] correct() {
      Decision likeliest = Decision.amongEqualClasses();
      return right(Arrays.stream(probabilities).mapToInt(likeliest::answer).toArray());
    }
  }

  /** Of more than two classes one is set against the rest, in all that is not of all of them. */
  static final class OneAmongMany extends Scores {
    final AllClasses all;
    final OneAgainstRest view;

    OneAmongMany(AllClasses all, OneAgainstRest view) {
      this.all = all;
      this.view = view;
    }

    @Override
    Estimate of(String name, double[] weights) {
      return (name.equals("accuracy") ? all : view).of(name, weights);
    }

    @Override
    Optional<OneAgainstRest> positives() {
      return Optional.of(view);
    }

    @Override
    double[] confidences() {
      return all.confidences();
    }

    @Override
    double[] correct() {
      return all.correct();
    }
  }
}
