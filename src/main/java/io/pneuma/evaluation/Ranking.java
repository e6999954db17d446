package io.pneuma.evaluation;

import java.util.Comparator;
import java.util.stream.IntStream;
import org.hipparchus.stat.ranking.NaNStrategy;
import org.hipparchus.stat.ranking.NaturalRanking;
import org.hipparchus.stat.ranking.TiesStrategy;

/** Scores that depend on the order of the images alone. */
final class Ranking {
  private Ranking() {}

  /**
   * Area under the receiver operating characteristic: U / (P N), where U is the statistic of Mann
   * and Whitney (1947) over mid-ranks, P and N are the numbers of positives and negatives. NaN
   * where a class is absent.
   */
  static double rocAuc(boolean[] positive, double[] scores) {
    NaturalRanking midRanks = new NaturalRanking(NaNStrategy.FAILED, TiesStrategy.AVERAGE);
    double[] ranks = midRanks.rank(scores);
    double rankSum = 0;
    double positives = 0;
    for (int i = 0; i < ranks.length; i++) {
      if (positive[i]) {
        rankSum += ranks[i];
        positives++;
      }
    }
    double negatives = ranks.length - positives;
    return (rankSum - positives * (positives + 1) / 2) / (positives * negatives);
  }

  /**
   * Average precision: the sum of (R_k - R_{k-1}) P_k over the distinct scores from the highest
   * down, without interpolation, as scikit-learn's average_precision_score. NaN without positives.
   */
  static double averagePrecision(boolean[] positive, double[] scores) {
    int[] falling =
        IntStream.range(0, scores.length)
            .boxed()
            .sorted(Comparator.comparingDouble((Integer i) -> scores[i]).reversed())
            .mapToInt(Integer::intValue)
            .toArray();
    double sum = 0;
    double found = 0;
    double foundBefore = 0;
    for (int k = 0; k < falling.length; k++) {
      found += positive[falling[k]] ? 1 : 0;
      boolean lastOfItsScore =
          k + 1 == falling.length || scores[falling[k + 1]] != scores[falling[k]];
      if (lastOfItsScore) {
        sum += (found - foundBefore) * found / (k + 1);
        foundBefore = found;
      }
    }
    return sum / found;
  }
}
