package io.pneuma.backprop;

/**
 * An attention forward and backward: what its SameDiff layer computes, by hand. One file a kind;
 * {@link AttentionSteps} lists them.
 */
interface AttentionStep extends AutoCloseable {
  /** Fills {@link Ends#out}. */
  void forward(int rows);

  /** From {@link Ends#outGradient} the gradients of the parameters and {@link Ends#inGradient}. */
  void backward(int rows);

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
