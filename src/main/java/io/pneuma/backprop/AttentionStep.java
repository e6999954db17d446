package io.pneuma.backprop;

import java.util.List;

/**
 * An attention forward and backward: what its SameDiff layer computes, by hand. One file a kind;
 * {@link AttentionSteps} lists them.
 */
interface AttentionStep extends AutoCloseable {
  /** Fills {@link Ends#out}. */
  void forward(int rows);

  /** From {@link Ends#outGradient} to {@link Ends#inGradient}. */
  void backward(int rows);

  /** The gradients of the parameters, after {@link #backward}; these pieces read no parameter. */
  List<Runnable> gradients(int rows, GradientUse use);

  @Override
  default void close() {}

  /**
   * What comes in and goes out, each B x C with room for the largest batch.
   *
   * @param inGradient the gradient with respect to {@code in}
   * @param outGradient the gradient with respect to {@code out}
   */
  record Ends(Matrix in, Matrix inGradient, Matrix out, Matrix outGradient) {}
}
