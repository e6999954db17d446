package io.pneuma.evaluation;

import java.util.List;
import java.util.stream.IntStream;

/** Sixty images by a formula, so that another program can score the same. */
public final class MadeUpAnswers {
  public static final int IMAGES = 60;

  private long state;

  private MadeUpAnswers(long seed) {
    state = seed;
  }

  /** From 0 to below 1. */
  private double next() {
    state = (1103515245 * state + 12345) % 2147483648L;
    return state / 2147483648.0;
  }

  private static List<String> patients() {
    return IntStream.range(0, IMAGES).mapToObj(i -> "p" + i).toList();
  }

  /** 18 images of class 1, 42 of class 0; probabilities in whole hundredths. */
  public static Answers ofTwoClasses() {
    MadeUpAnswers random = new MadeUpAnswers(42);
    int[] labels = new int[IMAGES];
    double[][] probabilities = new double[IMAGES][];
    for (int i = 0; i < IMAGES; i++) {
      labels[i] = random.next() < 0.3 ? 1 : 0;
      double p = Math.rint(100 * (0.35 * labels[i] + 0.65 * random.next())) / 100;
      probabilities[i] = new double[] {1 - p, p};
    }
    return new Answers(List.of("well", "ill"), patients(), labels, probabilities);
  }

  public static Answers ofThreeClasses() {
    MadeUpAnswers random = new MadeUpAnswers(7);
    int[] labels = new int[IMAGES];
    double[][] probabilities = new double[IMAGES][3];
    for (int i = 0; i < IMAGES; i++) {
      labels[i] = (int) (3 * random.next());
      double sum = 0;
      for (int k = 0; k < 3; k++) {
        probabilities[i][k] = Math.exp(2 * random.next() + (labels[i] == k ? 0.8 : 0));
        sum += probabilities[i][k];
      }
      for (int k = 0; k < 3; k++) {
        probabilities[i][k] /= sum;
      }
    }
    return new Answers(List.of("a", "b", "c"), patients(), labels, probabilities);
  }
}
