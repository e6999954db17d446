package io.pneuma.backprop;

import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.api.ndarray.INDArray;

/** What a graph with one softmax output says of images or features, as fast as this machine can. */
public interface ForwardPass extends AutoCloseable {
  /**
   * What a graph says of some rows.
   *
   * @param probabilities B x classes
   * @param features B x backbones x C: what the head starts with
   */
  @SuppressWarnings("ArrayRecordComponent") // A carrier, never compared.
  record Outputs(double[][] probabilities, float[][][] features) {}

  /**
   * The probabilities of the classes, and the features that they follow from.
   *
   * @param inputs B rows for each of the graph's inputs
   */
  Outputs outputs(INDArray[] inputs);

  /**
   * The probabilities alone, which takes less memory where it is done by layers.
   *
   * @return B x classes
   */
  double[][] output(INDArray[] inputs);

  @Override
  void close();

  /**
   * The forward pass of a graph with the parameters that it has now, by what also trains it, so
   * that validation, evaluation and prediction say the same.
   *
   * @param batch rows of the largest batch
   * @param threads that it may use
   */
  static ForwardPass of(ComputationGraph graph, int batch, int threads) {
    return TrainingStep.of(graph, batch, threads);
  }

  /**
   * The same for another machine. By how many threads a batch is shared decides how many of its
   * images one takes at a time, and so the last digits of what a backbone computes; here that is
   * what it would be there. Of a graph that Deeplearning4j computes by its layers it is not.
   *
   * @param batch rows of the largest batch
   * @param threads that it may use
   * @param like the threads of the machine whose last digits it gives
   */
  static ForwardPass of(ComputationGraph graph, int batch, int threads, int like) {
    return TrainingStep.forward(graph, batch, threads, like);
  }

  /** The forward pass of Deeplearning4j's own layers, which one image does not wait for. */
  static ForwardPass byLayers(ComputationGraph graph) {
    return TrainingStep.byLayers(graph);
  }
}
