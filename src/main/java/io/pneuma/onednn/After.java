package io.pneuma.onednn;

import io.pneuma.computation.Activation;

/**
 * What a primitive does with each number last: {@code activation(scale * x + y)}.
 *
 * @param sum whether it adds y, which the target holds before
 */
public record After(float scale, boolean sum, Activation activation) {
  /** Nothing. */
  public static final After NOTHING = of(Activation.IDENTITY);

  /** An activation alone. */
  public static After of(Activation activation) {
    return new After(1, false, activation);
  }
}
