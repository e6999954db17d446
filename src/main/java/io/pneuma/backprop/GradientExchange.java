package io.pneuma.backprop;

import org.nd4j.linalg.api.ndarray.INDArray;

/** Adds up the gradients of several workers, each of which has a part of every minibatch. */
@FunctionalInterface
public interface GradientExchange {
  /** Of a worker that has the whole minibatch. */
  GradientExchange ALONE = (gradients, part) -> part;

  /**
   * What a worker has of a minibatch, or all have.
   *
   * @param rows how many
   * @param loss the sum over them
   */
  record Part(int rows, double loss) {}

  /**
   * Puts the sum over all workers in the place of one's own, the same bits for all of them.
   *
   * @param gradients 1 x P, sums over this worker's rows
   * @return what all of them have together
   */
  Part sum(INDArray gradients, Part own);
}
