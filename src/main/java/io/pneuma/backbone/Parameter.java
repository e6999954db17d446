package io.pneuma.backbone;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.graph.LayerVertex;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.SeparableConvolution2D;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * One parameter of a backbone in a graph.
 *
 * @param key its key in torchvision's files
 * @param shape its shape there
 * @param view where it lives in the graph; a fully connected weight is transposed there
 */
@SuppressWarnings("ArrayRecordComponent") // A carrier, never compared.
record Parameter(String key, long[] shape, INDArray view) {

  /** Sets the values, given in C order of {@link #shape}. */
  void assign(float[] values) {
    INDArray given = Nd4j.createFromArray(values).reshape('c', shape);
    boolean transposed = shape.length == 2;
    view.assign(transposed ? given.transpose() : given.reshape('c', view.shape()));
  }

  long length() {
    return view.length();
  }

  boolean isFinite() {
    for (float value : values()) {
      if (!Float.isFinite(value)) {
        return false;
      }
    }
    return true;
  }

  /** The values in C order of {@link #shape}. */
  float[] values() {
    INDArray asGiven = shape.length == 2 ? view.transpose() : view;
    return asGiven.dup('c').castTo(DataType.FLOAT).data().asFloat();
  }

  /**
   * Every parameter that torchvision knows, of the layers behind a prefix, in the graph's order.
   */
  static List<Parameter> of(ComputationGraph graph, String prefix) {
    List<Parameter> parameters = new ArrayList<>();
    for (org.deeplearning4j.nn.api.Layer layer : graph.getLayers()) {
      String name = layer.conf().getLayer().getLayerName();
      if (!name.startsWith(prefix) || name.equals(Backbone.coloursOf(prefix))) {
        continue;
      }
      String module = name.substring(prefix.length());
      Layer kind = unwrapped(layer.conf().getLayer());
      names(kind)
          .forEach(
              (torch, own) -> {
                INDArray view = layer.getParam(own);
                parameters.add(new Parameter(module + "." + torch, torchShape(kind, view), view));
              });
    }
    return parameters;
  }

  /** The keys of every parameter of a graph without a prefix that is not built yet. */
  static Set<String> keys(ComputationGraphConfiguration configuration) {
    Set<String> keys = new TreeSet<>();
    configuration
        .getVertices()
        .forEach(
            (name, vertex) -> {
              if (vertex instanceof LayerVertex layer && !name.equals(Backbone.coloursOf(""))) {
                names(unwrapped(layer.getLayerConf().getLayer()))
                    .keySet()
                    .forEach(torch -> keys.add(name + "." + torch));
              }
            });
    return keys;
  }

  private static Layer unwrapped(Layer layer) {
    return layer instanceof FrozenLayer frozen ? frozen.getLayer() : layer;
  }

  /** torchvision's name of each parameter of a layer, and Deeplearning4j's. */
  private static Map<String, String> names(Layer layer) {
    if (layer instanceof BatchNormalization) {
      return Map.of(
          "weight", "gamma", "bias", "beta", "running_mean", "mean", "running_var", "var");
    }
    if (layer instanceof SeparableConvolution2D separable) {
      Map<String, String> kernels = Map.of("depthwise.weight", "W", "pointwise.weight", "pW");
      if (!separable.hasBias()) {
        return kernels;
      }
      Map<String, String> all = new TreeMap<>(kernels);
      all.put("bias", "b");
      return all;
    }
    if (layer instanceof ConvolutionLayer convolution && !convolution.hasBias()) {
      return Map.of("weight", "W");
    }
    if (layer instanceof ConvolutionLayer || layer instanceof DenseLayer) {
      return Map.of("weight", "W", "bias", "b");
    }
    return Map.of();
  }

  private static long[] torchShape(Layer kind, INDArray view) {
    if (kind instanceof ConvolutionLayer && view.rank() == 4) {
      return view.shape();
    }
    boolean dense = kind instanceof DenseLayer && view.rows() > 1;
    return dense ? new long[] {view.columns(), view.rows()} : new long[] {view.length()};
  }
}
