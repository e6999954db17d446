package io.pneuma.backprop;

import org.bytedeco.javacpp.FloatPointer;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A parameter where Deeplearning4j keeps it.
 *
 * @param value its numbers
 * @param gradient where the gradient goes, summed over the batch; the updater divides
 */
record Parameter(Matrix value, Matrix gradient) {
  /** All of a graph's parameters in a row. */
  static Parameter all(ComputationGraph graph) {
    if (graph.getFlattenedGradients() == null) {
      graph.initGradientsView();
    }
    return new Parameter(row(graph.params()), row(graph.getFlattenedGradients()));
  }

  private static Matrix row(INDArray array) {
    return Matrix.of(
        new FloatPointer(array.data().addressPointer()), 1, Math.toIntExact(array.length()));
  }

  /** A layer's parameter among all; both arrays are laid out alike. */
  static Parameter of(ComputationGraph graph, Layer layer, String name) {
    Parameter all = all(graph);
    INDArray view = layer.getParam(name);
    int offset = Math.toIntExact(view.offset() - graph.params().offset());
    return new Parameter(Matrix.of(all.value, offset, view), Matrix.of(all.gradient, offset, view));
  }
}
