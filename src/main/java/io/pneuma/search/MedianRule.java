package io.pneuma.search;

import io.pneuma.run.History;
import java.io.Serializable;
import java.util.List;
import java.util.stream.IntStream;
import org.hipparchus.stat.descriptive.rank.Median;

/**
 * Gives up a candidate whose best validation score so far is below the median of what earlier
 * candidates had reached by the same epoch, as in Golovin et al., <a
 * href="https://doi.org/10.1145/3097983.3098043">Google Vizier</a> (2017), section 3.1.
 *
 * <p>Not in the paper: candidates that were given up count too, with the best that they had; the
 * median is that of all, and the rule the milder.
 *
 * @param objective field of the validation metrics that is the score
 * @param minimises whether less of it is better
 * @param after epochs that the candidate gets whatever it scores
 * @param others for each earlier candidate the score after each epoch
 */
public record MedianRule(String objective, boolean minimises, int after, List<List<Double>> others)
    implements Serializable {
  /** Fewer earlier candidates say nothing. */
  private static final int LEAST_OTHERS = 4;

  double score(History.Epoch epoch) {
    return epoch.metrics().get(objective);
  }

  boolean isHopeless(List<Double> curve) {
    int epochs = curve.size();
    if (epochs < after || others.size() < LEAST_OTHERS) {
      return false;
    }
    double[] reached = others.stream().mapToDouble(other -> best(other, epochs)).toArray();
    return best(curve, epochs) < new Median().evaluate(reached);
  }

  /** The best of the first epochs; what is undefined is the worst. */
  private double best(List<Double> curve, int epochs) {
    int sign = minimises ? -1 : 1;
    return IntStream.range(0, Math.min(epochs, curve.size()))
        .mapToDouble(epoch -> sign * curve.get(epoch))
        .map(score -> Double.isNaN(score) ? -Double.MAX_VALUE : score)
        .max()
        .orElse(-Double.MAX_VALUE);
  }
}
