package io.pneuma.backprop;

import org.bytedeco.javacpp.FloatPointer;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Where Deeplearning4j holds a layer's parameters and their gradients. */
final class LayerArrays {
  private final INDArray parameters;
  private final INDArray gradients;
  private final Layer layer;

  private LayerArrays(ComputationGraph graph, Layer layer) {
    this.parameters = graph.params();
    this.gradients = gradients(graph);
    this.layer = layer;
  }

  static LayerArrays of(ComputationGraph graph, String vertex) {
    return new LayerArrays(graph, graph.getLayer(vertex));
  }

  /** The gradients of all parameters in a row. */
  static INDArray gradients(ComputationGraph graph) {
    if (graph.getFlattenedGradients() == null) {
      graph.initGradientsView();
    }
    return graph.getFlattenedGradients();
  }

  /** Whether training changes a vertex. */
  static boolean learns(ComputationGraph graph, String vertex) {
    Layer layer = graph.getVertex(vertex).getLayer();
    return layer != null
        && layer.numParams() > 0
        && !(layer.conf().getLayer() instanceof FrozenLayer)
        && !(layer instanceof org.deeplearning4j.nn.layers.FrozenLayer);
  }

  org.deeplearning4j.nn.conf.layers.Layer configuration() {
    return layer.conf().getLayer();
  }

  boolean has(String key) {
    return layer.paramTable().containsKey(key);
  }

  /** The parameter's view, for its shape and strides. */
  INDArray view(String key) {
    return layer.getParam(key);
  }

  Region value(String key) {
    return at(parameters, key);
  }

  /** The gradients' array has a gradient where the parameters' has its parameter. */
  Region gradient(String key) {
    return at(gradients, key);
  }

  /** Where the parameter starts among all. */
  long offset(String key) {
    return view(key).offset() - parameters.offset();
  }

  private Region at(INDArray whole, String key) {
    return Region.at(new FloatPointer(whole.data().addressPointer()).getPointer(offset(key)));
  }
}
