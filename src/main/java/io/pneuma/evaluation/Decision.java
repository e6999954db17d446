package io.pneuma.evaluation;

import java.util.OptionalInt;

/**
 * How probabilities become an answer. With two classes it is the positive one when its probability
 * is at least the threshold; with more it is the class of the greatest probability, the first of
 * equals.
 *
 * @param positiveClass the class that is set against the rest; empty where all classes count alike
 * @param threshold least probability of a positive answer; counts with two classes alone
 */
public record Decision(OptionalInt positiveClass, double threshold) {
  /** The threshold of the greatest probability. */
  public static final double HALF = 0.5;

  /** A decision at {@link #HALF} with a positive class. */
  public static Decision at(int positiveClass) {
    return new Decision(OptionalInt.of(positiveClass), HALF);
  }

  /** The greatest probability among classes that count alike. */
  public static Decision amongEqualClasses() {
    return new Decision(OptionalInt.empty(), HALF);
  }

  /** The same at another threshold. */
  public Decision at(double other) {
    return new Decision(positiveClass, other);
  }

  /** The class that these probabilities decide for. */
  public int answer(double[] probabilities) {
    if (probabilities.length == 2 && positiveClass.isPresent()) {
      int positive = positiveClass.getAsInt();
      return probabilities[positive] >= threshold ? positive : 1 - positive;
    }
    int best = 0;
    for (int i = 1; i < probabilities.length; i++) {
      best = probabilities[i] > probabilities[best] ? i : best;
    }
    return best;
  }
}
