package io.pneuma.inference;

import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Deeplearning4j's own forward pass. */
record GraphFeaturiser(ComputationGraph graph) implements Featuriser {
  @Override
  public float[] features(INDArray images) {
    return graph.outputSingle(images).dup('c').data().asFloat();
  }

  @Override
  public void close() {}
}
