package io.pneuma.backprop;

import java.util.function.Consumer;

/** What becomes of the gradients of a head's parameters, which are computed a block at a time. */
@FunctionalInterface
interface GradientUse {
  /** They stay where Deeplearning4j has them. */
  GradientUse KEEP = (block, compute) -> compute.accept(block.gradient());

  /**
   * Has the gradient of a block computed, and uses it.
   *
   * @param block part of a parameter that nobody reads any more in this step, at most {@link
   *     Pieces#BLOCK} numbers
   * @param compute writes the gradient, summed over the batch, into what it is given, which is laid
   *     out like the block
   */
  void take(Parameter block, Consumer<Matrix> compute);
}
