package io.pneuma.config;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * How recipes are searched: what varies, who proposes, how long, and what counts.
 *
 * @param gridPoints values into which the grid divides each range of numbers
 * @param objective field of the validation metrics
 * @param pruneAfter epochs after which a hopeless candidate may be given up; empty: never
 * @param space what varies, in the order of the file
 */
public record Search(
    Generator generator,
    int gridPoints,
    Budget budget,
    String objective,
    Optional<Integer> pruneAfter,
    List<Range> space) {

  /** Who proposes candidates. */
  public enum Generator {
    RANDOM,
    GRID,
    GENETIC;

    /** The word of the recipe. */
    public String word() {
      return name().toLowerCase(java.util.Locale.ROOT);
    }
  }

  /**
   * When a search ends, by whichever comes first.
   *
   * @param candidates most candidates; empty for no limit
   * @param minutes time after which no further candidate starts; empty for no limit
   */
  public record Budget(OptionalInt candidates, OptionalInt minutes) {}

  /** The values that one key of the recipe may take. */
  public sealed interface Range {
    /** The key's dotted path, as {@code --set} takes it. */
    String key();
  }

  /** One of a list of single values: String, Long, Double or Boolean. */
  public record Choices(String key, List<Object> values) implements Range {}

  /** A number from least to most, uniform itself or in its logarithm. */
  public record Reals(String key, double least, double most, boolean logarithmic)
      implements Range {}

  /** A whole number from least to most, both included. */
  public record Integers(String key, int least, int most) implements Range {}

  /** The same within another budget. */
  Search with(Budget other) {
    return new Search(generator, gridPoints, other, objective, pruneAfter, space);
  }

  /** True when less of the objective is better. */
  public boolean minimises() {
    return objective.equals(ERROR);
  }

  /** The only metric of which less is better: the expected calibration error. */
  static final String ERROR = "ece";
}
