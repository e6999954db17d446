package io.pneuma.backprop;

import org.bytedeco.javacpp.FloatPointer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A parameter where Deeplearning4j keeps it, or a block of one.
 *
 * @param value its numbers
 * @param gradient where the gradient goes, summed over the batch; the updater divides
 */
record Parameter(Matrix value, Matrix gradient) {
  /** All of a graph's parameters in a row. */
  static Parameter all(ComputationGraph graph) {
    return new Parameter(row(graph.params()), row(LayerArrays.gradients(graph)));
  }

  private static Matrix row(INDArray array) {
    return Matrix.of(
        new FloatPointer(array.data().addressPointer()), 1, Math.toIntExact(array.length()));
  }

  /** A layer's parameter among all; both arrays are laid out alike. */
  static Parameter of(ComputationGraph graph, String vertex, String key) {
    LayerArrays layer = LayerArrays.of(graph, vertex);
    Parameter all = all(graph);
    int offset = Math.toIntExact(layer.offset(key));
    INDArray view = layer.view(key);
    return new Parameter(Matrix.of(all.value, offset, view), Matrix.of(all.gradient, offset, view));
  }

  Parameter transpose() {
    return new Parameter(value.transpose(), gradient.transpose());
  }

  Parameter rows(int from, int count) {
    return new Parameter(value.rows(from, count), gradient.rows(from, count));
  }

  Parameter columns(int from, int count) {
    return new Parameter(value.columns(from, count), gradient.columns(from, count));
  }
}
