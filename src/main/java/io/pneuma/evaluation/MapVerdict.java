package io.pneuma.evaluation;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.hipparchus.distribution.continuous.TDistribution;
import org.hipparchus.stat.descriptive.DescriptiveStatistics;

/**
 * Whether maps of where a network looked may be believed, by checks on this very network and its
 * validation images. docs/decisions/explaining.md says why these and not others.
 *
 * @param images on which they were checked
 * @param patients of these
 * @param cascade rank correlation of the maps with those of the network whose layers have their
 *     weights shuffled, from the output down
 * @param repeated rank correlation with the maps by a head of another seed on the same backbones
 * @param deletion by how much the class's probability falls lower, on average, while the places
 *     that speak most for it are blurred first, than in a random order
 * @param insertion by how much it rises higher while they are shown first
 * @param places how much of what speaks for the class lies where the finding is known to be, in
 *     multiples of that region's share of the image; null where no region is known
 */
public record MapVerdict(
    int images,
    int patients,
    List<Shuffled> cascade,
    Mean repeated,
    Mean deletion,
    Mean insertion,
    Mean places) {
  /** Maps alike by no more than this follow from something else than the weights. */
  public static final double ALIKE = 0.5;

  /** Multiples of chance from which on maps are where the finding is. */
  public static final double TIMES_CHANCE = 3;

  /** Copies the list. */
  public MapVerdict {
    cascade = List.copyOf(cascade);
  }

  /** A step of the cascade: all layers from the output down to these have shuffled weights. */
  public record Shuffled(String through, Mean similarity) {}

  /**
   * A mean over patients with its 95 % interval by Student's distribution.
   *
   * @param units patients
   */
  public record Mean(double value, double low, double high, int units) {
    /** Of one number for each patient. */
    public static Mean of(double[] values) {
      DescriptiveStatistics statistics = new DescriptiveStatistics(values);
      int n = values.length;
      if (n < 2) {
        return new Mean(statistics.getMean(), Double.NaN, Double.NaN, n);
      }
      double half =
          new TDistribution(n - 1).inverseCumulativeProbability(0.975)
              * statistics.getStandardDeviation()
              / Math.sqrt(n);
      return new Mean(
          statistics.getMean(), statistics.getMean() - half, statistics.getMean() + half, n);
    }

    @Override
    public String toString() {
      return String.format(Locale.ROOT, "%.2f [%.2f, %.2f]", value, low, high);
    }
  }

  /** What the maps failed, each in words; empty where they passed all. */
  public List<String> failures() {
    List<String> failures = new ArrayList<>();
    Mean shuffled = cascade.get(cascade.size() - 1).similarity();
    if (!(shuffled.high() < ALIKE)) {
      failures.add(
          "they stay too much the same where all weights are shuffled (rank correlation "
              + shuffled
              + "; must be surely below 0.5)");
    }
    if (!(repeated.low() >= ALIKE)) {
      failures.add(
          "a head trained with another seed looks elsewhere (rank correlation "
              + repeated
              + "; must be surely 0.5 or more)");
    }
    if (!(deletion.low() > 0)) {
      failures.add(
          "hiding what they show does not surely lower the probability more than hiding places at"
              + " random (by "
              + deletion
              + " on average)");
    }
    if (!(insertion.low() > 0)) {
      failures.add(
          "showing what they show does not surely raise the probability more than showing places at"
              + " random (by "
              + insertion
              + " on average)");
    }
    if (places != null && !(places.value() >= TIMES_CHANCE)) {
      failures.add(
          "they lie on the known findings only "
              + places
              + " times as much as by chance (must be 3 or more)");
    }
    return failures;
  }

  /** Whether the maps may be shown. */
  public boolean passed() {
    return failures().isEmpty();
  }
}
