package io.pneuma.backbone;

import io.pneuma.layers.ChannelNorm;
import io.pneuma.layers.ChannelScale;
import io.pneuma.layers.ClassToken;
import io.pneuma.layers.FirstToken;
import io.pneuma.layers.FlatMaps;
import io.pneuma.layers.GroupedConvolution;
import io.pneuma.layers.MapLayer;
import io.pneuma.layers.Pointwise;
import io.pneuma.layers.TokenAttention;
import io.pneuma.layers.TokenGrid;
import io.pneuma.onednn.Form;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.graph.LayerVertex;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.DepthwiseConvolution2D;
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
 * @param key the layer's name, then {@code weight}, {@code bias}, {@code running_mean} or {@code
 *     running_var}
 * @param shape its shape in PyTorch's files
 * @param view its values in the graph, in the order of that shape
 */
@SuppressWarnings("ArrayRecordComponent") // A carrier, never compared.
record Parameter(String key, long[] shape, INDArray view) {
  private static final String POSITIONS = "positions";

  /**
   * What a parameter looks like in a file.
   *
   * @param positions whether it has values for each patch of an image, and so depends on its size
   */
  @SuppressWarnings("ArrayRecordComponent") // A carrier, never compared.
  record Form(long[] shape, boolean positions) {
    static Form of(String key, long[] shape) {
      return new Form(shape, key.endsWith("." + POSITIONS));
    }
  }

  Form form() {
    return Form.of(key, shape);
  }

  /** Sets the values, given in C order of {@link #shape}. */
  void assign(float[] values) {
    view.assign(Nd4j.createFromArray(values).reshape('c', view.shape()));
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
    return view.dup('c').castTo(DataType.FLOAT).data().asFloat();
  }

  /** Every parameter of the layers behind a prefix, in the graph's order. */
  static List<Parameter> of(ComputationGraph graph, String prefix) {
    List<Parameter> parameters = new ArrayList<>();
    for (org.deeplearning4j.nn.api.Layer layer : graph.getLayers()) {
      String name = layer.conf().getLayer().getLayerName();
      if (!name.startsWith(prefix) || name.equals(Backbone.coloursOf(prefix))) {
        continue;
      }
      String module = name.substring(prefix.length());
      for (Kind kind : kinds(layer.conf().getLayer())) {
        INDArray stored = layer.getParam(kind.own);
        INDArray view = kind.order.length > 0 ? stored.permute(kind.order) : stored;
        parameters.add(new Parameter(module + "." + kind.name, kind.shape, view));
      }
    }
    return parameters;
  }

  /** The key and shape of every parameter of a graph without a prefix that is not built yet. */
  static Map<String, long[]> shapes(ComputationGraphConfiguration configuration) {
    Map<String, long[]> shapes = new LinkedHashMap<>();
    configuration
        .getVertices()
        .forEach(
            (name, vertex) -> {
              if (vertex instanceof LayerVertex layer && !name.equals(Backbone.coloursOf(""))) {
                for (Kind kind : kinds(layer.getLayerConf().getLayer())) {
                  shapes.put(name + "." + kind.name, kind.shape);
                }
              }
            });
    return shapes;
  }

  /** The keys of {@link #shapes}. */
  static Set<String> keys(ComputationGraphConfiguration configuration) {
    return shapes(configuration).keySet();
  }

  /**
   * A kind of parameter that a layer has.
   *
   * @param name PyTorch's name of it
   * @param own Deeplearning4j's name of it
   * @param shape in PyTorch
   * @param order of Deeplearning4j's dimensions as PyTorch has them; empty for the same order
   */
  private record Kind(String name, String own, long[] shape, int... order) {}

  private static List<Kind> kinds(Layer layer) {
    if (layer instanceof FrozenLayer frozen) {
      return kinds(frozen.getLayer());
    }
    if (layer instanceof BatchNormalization norm) {
      long[] shape = {norm.getNOut()};
      return List.of(
          new Kind("weight", "gamma", shape),
          new Kind("bias", "beta", shape),
          new Kind("running_mean", "mean", shape),
          new Kind("running_var", "var", shape));
    }
    if (layer instanceof SeparableConvolution2D separable) {
      int[] kernel = separable.getKernelSize();
      long multiplier = separable.getDepthMultiplier();
      long[] depthwise = {multiplier, separable.getNIn(), kernel[0], kernel[1]};
      long[] pointwise = {separable.getNOut(), multiplier * separable.getNIn(), 1, 1};
      List<Kind> kinds = new ArrayList<>();
      kinds.add(new Kind("depthwise.weight", "W", depthwise));
      kinds.addAll(
          withBias(
              new Kind("pointwise.weight", "pW", pointwise), separable.hasBias(), pointwise[0]));
      return kinds;
    }
    if (layer instanceof DepthwiseConvolution2D depthwise) {
      int[] kernel = depthwise.getKernelSize();
      long[] shape = {depthwise.getNOut(), 1, kernel[0], kernel[1]};
      // Stored as kernel height x kernel width x channels x 1.
      return withBias(
          new Kind("weight", "W", shape, 2, 3, 0, 1), depthwise.hasBias(), depthwise.getNOut());
    }
    if (layer instanceof ConvolutionLayer convolution) {
      int[] kernel = convolution.getKernelSize();
      long[] shape = {convolution.getNOut(), convolution.getNIn(), kernel[0], kernel[1]};
      return withBias(new Kind("weight", "W", shape), convolution.hasBias(), shape[0]);
    }
    if (layer instanceof DenseLayer dense) {
      long[] shape = {dense.getNOut(), dense.getNIn()};
      return withBias(new Kind("weight", "W", shape, 1, 0), dense.hasBias(), shape[0]);
    }
    return layer instanceof MapLayer own ? kinds(own) : List.of();
  }

  private static List<Kind> kinds(MapLayer layer) {
    long[] each = {layer.getChannels()};
    if (layer instanceof ChannelNorm) {
      return List.of(new Kind("weight", "W", each), new Kind("bias", "b", each));
    }
    if (layer instanceof ChannelScale) {
      return List.of(new Kind("weight", "W", each));
    }
    if (layer instanceof ClassToken tokens) {
      return List.of(
          new Kind("token", "token", new long[] {1, 1, layer.getChannels()}),
          new Kind(POSITIONS, POSITIONS, new long[] {1, tokens.tokens(), layer.getChannels()}));
    }
    if (layer instanceof GroupedConvolution grouped) {
      long inputs = layer.getChannels() / grouped.getGroups();
      long[] shape = {grouped.getOutputs(), inputs, grouped.getKernel(), grouped.getKernel()};
      return List.of(new Kind("weight", "W", shape));
    }
    if (layer instanceof Pointwise
        || layer instanceof TokenAttention
        || layer instanceof TokenGrid
        || layer instanceof FirstToken
        || layer instanceof FlatMaps) {
      return List.of();
    }
    throw new IllegalStateException("nobody knows the parameters of " + layer.getClass());
  }

  private static List<Kind> withBias(Kind weight, boolean hasBias, long outputs) {
    return hasBias ? List.of(weight, new Kind("bias", "b", new long[] {outputs})) : List.of(weight);
  }
}
