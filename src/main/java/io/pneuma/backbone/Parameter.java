package io.pneuma.backbone;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
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
    for (Layer layer : graph.getLayers()) {
      String name = layer.conf().getLayer().getLayerName();
      if (!name.startsWith(prefix) || name.equals(Backbone.coloursOf(prefix))) {
        continue;
      }
      String module = name.substring(prefix.length());
      org.deeplearning4j.nn.conf.layers.Layer kind = layer.conf().getLayer();
      if (kind instanceof FrozenLayer wrapped) {
        kind = wrapped.getLayer();
      }
      Map<String, String> keys = Map.of();
      if (kind instanceof BatchNormalization) {
        keys =
            Map.of("weight", "gamma", "bias", "beta", "running_mean", "mean", "running_var", "var");
      } else if (kind instanceof ConvolutionLayer || kind instanceof DenseLayer) {
        keys = Map.of("weight", "W", "bias", "b");
      }
      for (Map.Entry<String, String> key : keys.entrySet()) {
        INDArray view = layer.paramTable().get(key.getValue());
        if (view != null) {
          parameters.add(new Parameter(module + "." + key.getKey(), torchShape(kind, view), view));
        }
      }
    }
    return parameters;
  }

  private static long[] torchShape(org.deeplearning4j.nn.conf.layers.Layer kind, INDArray view) {
    if (kind instanceof ConvolutionLayer && view.rank() == 4) {
      return view.shape();
    }
    boolean dense = kind instanceof DenseLayer && view.rows() > 1;
    return dense ? new long[] {view.columns(), view.rows()} : new long[] {view.length()};
  }
}
