package io.pneuma.evaluation;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Random;
import org.junit.jupiter.api.Test;

class RankingTest {
  @Test
  void rocAucEqualsCountedPairsHoweverManyTies() {
    Random random = new Random(1);
    for (int trial = 0; trial < 200; trial++) {
      boolean[] positive = new boolean[2 + random.nextInt(60)];
      double[] scores = new double[positive.length];
      int levels = 1 + random.nextInt(8);
      for (int i = 0; i < scores.length; i++) {
        positive[i] = random.nextInt(3) == 0;
        scores[i] = random.nextInt(levels) / 8.0;
      }
      positive[0] = true;
      positive[1] = false;
      assertEquals(
          countedPairs(positive, scores),
          new Ranking(positive, scores).rocAuc(Estimate.once(scores.length)).value(),
          1e-12,
          "trial " + trial);
    }
  }

  @Test
  void averagePrecisionEqualsItsDefinitionHoweverManyTies() {
    Random random = new Random(2);
    for (int trial = 0; trial < 200; trial++) {
      boolean[] positive = new boolean[1 + random.nextInt(40)];
      double[] scores = new double[positive.length];
      for (int i = 0; i < scores.length; i++) {
        positive[i] = random.nextBoolean();
        scores[i] = random.nextInt(5) / 4.0;
      }
      positive[0] = true;
      assertEquals(
          overThresholds(positive, scores),
          new Ranking(positive, scores).averagePrecision(Estimate.once(scores.length)).value(),
          1e-12,
          "trial " + trial);
    }
  }

  private static double countedPairs(boolean[] positive, double[] scores) {
    double won = 0;
    int pairs = 0;
    for (int i = 0; i < scores.length; i++) {
      for (int j = 0; j < scores.length; j++) {
        if (positive[i] && !positive[j]) {
          pairs++;
          won += scores[i] > scores[j] ? 1 : scores[i] == scores[j] ? 0.5 : 0;
        }
      }
    }
    return won / pairs;
  }

  /** The sum of (R_k - R_{k-1}) P_k over the thresholds 1, 0.75, 0.5, 0.25, 0. */
  private static double overThresholds(boolean[] positive, double[] scores) {
    int all = 0;
    for (boolean each : positive) {
      all += each ? 1 : 0;
    }
    double sum = 0;
    double recallBefore = 0;
    for (double threshold = 1; threshold >= 0; threshold -= 0.25) {
      double found = 0;
      double answered = 0;
      for (int i = 0; i < scores.length; i++) {
        if (scores[i] >= threshold) {
          answered++;
          found += positive[i] ? 1 : 0;
        }
      }
      if (answered > 0) {
        sum += (found / all - recallBefore) * (found / answered);
      }
      recallBefore = found / all;
    }
    return sum;
  }
}
