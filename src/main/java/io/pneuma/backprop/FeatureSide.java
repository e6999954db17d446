package io.pneuma.backprop;

import java.util.List;
import org.bytedeco.javacpp.FloatPointer;
import org.nd4j.linalg.api.ndarray.INDArray;

/** The part of a graph that gives a head its features. */
interface FeatureSide extends AutoCloseable {
  /** The vertices with which the head starts. */
  List<String> vertices();

  /**
   * Computes features as training sees them.
   *
   * @param inputs the graph's, row by row
   * @return for each of the head's starts B x C, valid until the next call
   */
  FloatPointer[] forTraining(INDArray[] inputs);

  /** The same as prediction sees them. */
  FloatPointer[] forPrediction(INDArray[] inputs);

  /** Number of features for each of the head's starts, known after the first features. */
  int[] widths();

  /** Where the gradients with respect to the features are to be put; null for nowhere. */
  FloatPointer[] gradients();

  /** Goes on from there to the gradients of all parameters. */
  void backward(int rows);

  @Override
  void close();
}
