package io.pneuma.evaluation;

/**
 * How well a trait without anatomy tells the classes by itself.
 *
 * @param trait its name, and after a colon what belongs to it
 * @param rocAuc of a probe that learns from the trait alone, on patients it has not learnt from
 * @param low end of its 95 % interval by patients
 * @param high end of it
 */
public record Shortcut(String trait, double rocAuc, double low, double high) {

  /** The trait's name without what belongs to it. */
  public String name() {
    return trait.replaceFirst(":.*", "");
  }

  /** Whether chance, which gives 0.5, lies below the interval. */
  public boolean beyondChance() {
    return low > 0.5;
  }
}
