package io.pneuma.search;

import io.pneuma.config.Search.Choices;
import io.pneuma.config.Search.Range;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import org.hipparchus.stat.correlation.SpearmansCorrelation;
import org.hipparchus.stat.ranking.NaturalRanking;

/**
 * How much one hyperparameter tells of the score: epsilon squared of the ranks of the scores, that
 * is the share of their variance between the values of the hyperparameter, less what chance alone
 * gives (Kelley 1935; the effect size of the Kruskal-Wallis test). Ranks, since one diverged
 * candidate would otherwise be all the variance. Numbers are put into groups of equal size by their
 * order, so that an optimum in the middle counts as much as one at an end. docs/decisions/search.md
 * says what it cannot tell.
 *
 * @param share 0 for nothing to 1 for everything; NaN when too few candidates tell
 * @param trend Spearman's rank correlation of number and score; NaN for what is no number
 * @param n complete candidates in which the hyperparameter had an effect
 */
record Importance(String key, double share, double trend, int n) {
  private static final int MOST_GROUPS = 4;
  private static final int LEAST_IN_A_GROUP = 4;
  private static final int LEAST_CANDIDATES = 8;

  /** Of every hyperparameter, the most important first. */
  static List<Importance> of(Leaderboard leaderboard) {
    List<Importance> all = new ArrayList<>();
    for (Range range : leaderboard.search().space()) {
      List<CandidateRecord> candidates =
          leaderboard.candidates().stream()
              .filter(CandidateRecord::isComplete)
              .filter(candidate -> candidate.values().containsKey(range.key()))
              .toList();
      all.add(of(range, candidates));
    }
    ToDoubleFunction<Importance> undefinedLast = i -> Double.isNaN(i.share()) ? 1 : -i.share();
    all.sort(Comparator.comparingDouble(undefinedLast));
    return all;
  }

  private static Importance of(Range range, List<CandidateRecord> candidates) {
    String key = range.key();
    int n = candidates.size();
    if (n < LEAST_CANDIDATES) {
      return new Importance(key, Double.NaN, Double.NaN, n);
    }
    double[] scores = candidates.stream().mapToDouble(CandidateRecord::score).toArray();
    if (range instanceof Choices choices
        && !choices.values().stream().allMatch(Number.class::isInstance)) {
      Object[] values = candidates.stream().map(c -> c.values().get(key)).toArray();
      return new Importance(key, share(scores, values), Double.NaN, n);
    }
    double[] numbers =
        candidates.stream()
            .mapToDouble(c -> ((Number) c.values().get(key)).doubleValue())
            .toArray();
    double trend = new SpearmansCorrelation().correlation(numbers, scores);
    return new Importance(key, share(scores, groups(numbers)), trend, n);
  }

  /** Each value a group where they are few; else groups of equal size. */
  private static Object[] groups(double[] numbers) {
    if (Arrays.stream(numbers).distinct().count() <= MOST_GROUPS) {
      return Arrays.stream(numbers).boxed().toArray();
    }
    int groups = Math.max(2, Math.min(MOST_GROUPS, numbers.length / LEAST_IN_A_GROUP));
    double[] ranks = new NaturalRanking().rank(numbers);
    return Arrays.stream(ranks)
        .mapToObj(rank -> (int) ((rank - 0.5) * groups / numbers.length))
        .toArray();
  }

  static double share(double[] scores, Object[] groups) {
    double[] ranks = new NaturalRanking().rank(scores);
    int n = ranks.length;
    double mean = Arrays.stream(ranks).average().orElse(0);
    Map<String, List<Double>> members = new TreeMap<>();
    IntStream.range(0, n)
        .forEach(
            i ->
                members
                    .computeIfAbsent(groups[i].toString(), group -> new ArrayList<>())
                    .add(ranks[i]));
    int k = members.size();
    double total = Arrays.stream(ranks).map(rank -> (rank - mean) * (rank - mean)).sum();
    if (k < 2 || n <= k || total == 0) {
      return k < 2 || n <= k ? Double.NaN : 0;
    }
    double within = 0;
    for (List<Double> group : members.values()) {
      double own = group.stream().mapToDouble(rank -> rank).average().orElse(0);
      within += group.stream().mapToDouble(rank -> (rank - own) * (rank - own)).sum();
    }
    return Math.max(0, 1 - within / (n - k) / (total / (n - 1)));
  }
}
