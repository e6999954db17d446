package io.pneuma.backbone;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.graph.ElementWiseVertex;
import org.deeplearning4j.nn.conf.graph.FrozenVertex;
import org.deeplearning4j.nn.conf.graph.GraphVertex;
import org.deeplearning4j.nn.conf.graph.LayerVertex;
import org.deeplearning4j.nn.conf.graph.MergeVertex;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.BaseLayer;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.SeparableConvolution2D;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.nn.conf.layers.ZeroPaddingLayer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayer;
import org.deeplearning4j.nn.conf.preprocessor.FeedForwardToCnnPreProcessor;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.ops.transforms.Transforms;

/**
 * The convolutional part of a graph that Deeplearning4j or Keras built: every vertex between the
 * image and the last feature maps, ready to be added to another graph. Such a part does not depend
 * on the image's size. What belongs to training (updaters, weight decay, dropout) is left behind.
 */
final class FeatureGraph {
  private static final List<Class<? extends Layer>> LAYERS =
      List.of(
          ConvolutionLayer.class,
          SeparableConvolution2D.class,
          BatchNormalization.class,
          ActivationLayer.class,
          SubsamplingLayer.class,
          ZeroPaddingLayer.class);

  /** A vertex by its name in the source, with its inputs' names there. */
  private record Node(String source, GraphVertex vertex, List<String> inputs) {}

  private final String prefix;
  private final String input;
  private final String last;
  private final Map<String, Node> nodes = new LinkedHashMap<>(); // By our own names.

  private FeatureGraph(String prefix, String input, String last) {
    this.prefix = prefix;
    this.input = input;
    this.last = last;
  }

  /**
   * The vertices from which {@code last} is computed.
   *
   * @param prefix of their names in the source, which is left out here
   * @param input what they are computed of: the images, or their mapped colours
   * @throws IllegalArgumentException when one of them is of a kind that cannot be taken
   */
  static FeatureGraph of(
      ComputationGraphConfiguration source, String prefix, String input, String last) {
    FeatureGraph part = new FeatureGraph(prefix, input, last);
    List<String> found = new ArrayList<>();
    Deque<String> open = new ArrayDeque<>(List.of(last));
    Map<String, Node> bySource = new LinkedHashMap<>();
    while (!open.isEmpty()) {
      String name = open.pop();
      if (name.equals(input) || bySource.containsKey(name)) {
        continue;
      }
      List<String> inputs = source.getVertexInputs().get(name);
      GraphVertex vertex = source.getVertices().get(name);
      if (inputs == null || inputs.isEmpty() || vertex == null) {
        throw new IllegalArgumentException("vertex " + name + " is missing or has no input");
      }
      bySource.put(name, new Node(name, portable(name, vertex), List.copyOf(inputs)));
      found.add(name);
      inputs.forEach(open::push);
    }
    Collections.reverse(found);
    for (String name : found) {
      if (part.nodes.put(part.rename(name), bySource.get(name)) != null) {
        throw new IllegalArgumentException("two vertices would be called " + part.rename(name));
      }
    }
    return part;
  }

  /** Adds a copy of each vertex, and returns the name of the last. */
  String addTo(Blocks blocks, String images) {
    nodes.forEach(
        (name, node) -> {
          String[] inputs =
              node.inputs.stream()
                  .map(other -> other.equals(input) ? images : blocks.named(rename(other)))
                  .toArray(String[]::new);
          if (node.vertex instanceof LayerVertex layer) {
            blocks.layer(name, layer.getLayerConf().getLayer().clone(), inputs[0]);
          } else {
            blocks.vertex(name, node.vertex.clone(), inputs);
          }
        });
    return blocks.named(rename(last));
  }

  /** Copies the parameters from the source to where {@link #addTo} has put the vertices. */
  void copy(ComputationGraph source, ComputationGraph target, String targetPrefix) {
    nodes.forEach(
        (name, node) -> {
          if (node.vertex instanceof LayerVertex) {
            var from = source.getLayer(node.source);
            target
                .getLayer(targetPrefix + name)
                .paramTable()
                .forEach((key, values) -> values.assign(parameter(from, key)));
          }
        });
  }

  private static INDArray parameter(org.deeplearning4j.nn.api.Layer layer, String key) {
    INDArray values = layer.getParam(key);
    // The zoo's graphs hold a variance as log10 of its root.
    return values == null
        ? Transforms.exp(layer.getParam("log10stdev").mul(2 * Math.log(10)), true)
        : values;
  }

  /** Inputs, outputs and size of every kernel, sorted: they tell one network from another. */
  List<String> kernels() {
    return nodes.values().stream()
        .map(Node::vertex)
        .flatMap(FeatureGraph::kernel)
        .sorted()
        .toList();
  }

  private static Stream<String> kernel(GraphVertex vertex) {
    if (vertex instanceof LayerVertex layer
        && layer.getLayerConf().getLayer() instanceof ConvolutionLayer convolution) {
      return Stream.of(
          convolution.getClass().getSimpleName()
              + " "
              + convolution.getNIn()
              + " -> "
              + convolution.getNOut()
              + " "
              + Arrays.toString(convolution.getKernelSize()));
    }
    return Stream.empty();
  }

  private String rename(String source) {
    // As in Backbone.prefixOf, for the training UI.
    return source.substring(prefix.length()).replace('_', '.');
  }

  private static GraphVertex portable(String name, GraphVertex vertex) {
    if (vertex instanceof LayerVertex layer) {
      LayerVertex copy = (LayerVertex) layer.clone();
      boolean imageIn = copy.getPreProcessor() instanceof FeedForwardToCnnPreProcessor;
      if (copy.getPreProcessor() != null && !imageIn) {
        throw unknown(name, copy.getPreProcessor());
      }
      Layer kind = copy.getLayerConf().getLayer();
      copy.getLayerConf().setLayer(channelsFirst(name, unfrozen(kind)));
      copy.setPreProcessor(null);
      return copy;
    }
    GraphVertex kind = vertex instanceof FrozenVertex frozen ? frozen.getUnderlying() : vertex;
    if (kind instanceof MergeVertex) {
      return new MergeVertex(); // Along the channels of B x C x H x W.
    }
    if (kind instanceof ElementWiseVertex) {
      return kind.clone();
    }
    throw unknown(name, kind);
  }

  private static Layer unfrozen(Layer layer) {
    return layer instanceof FrozenLayer frozen ? frozen.getLayer() : layer;
  }

  /** The same layer on B x C x H x W, whose parameters have the same shapes in both formats. */
  private static Layer channelsFirst(String name, Layer layer) {
    if (layer == null || !LAYERS.contains(layer.getClass())) {
      throw unknown(name, layer);
    }
    layer.setIDropout(null);
    if (layer instanceof BaseLayer trained) {
      trained.setIUpdater(null);
      trained.setBiasUpdater(null);
      trained.setRegularization(null);
      trained.setRegularizationBias(null);
      trained.setConstraints(null);
      trained.setWeightNoise(null);
      trained.setGradientNormalization(null);
    }
    if (layer instanceof ConvolutionLayer convolution) {
      convolution.setCnn2dDataFormat(CNN2DFormat.NCHW);
    } else if (layer instanceof BatchNormalization norm) {
      norm.setCnn2DFormat(CNN2DFormat.NCHW);
      norm.setUseLogStd(false);
    } else if (layer instanceof SubsamplingLayer pool) {
      pool.setCnn2dDataFormat(CNN2DFormat.NCHW);
    } else if (layer instanceof ZeroPaddingLayer padding) {
      padding.setDataFormat(CNN2DFormat.NCHW);
    }
    return layer;
  }

  private static IllegalArgumentException unknown(String name, Object kind) {
    return new IllegalArgumentException(
        "vertex "
            + name
            + " is a "
            + (kind == null ? Objects.toString(null) : kind.getClass().getSimpleName())
            + ", which cannot be taken over; can be: "
            + String.join(", ", LAYERS.stream().map(Class::getSimpleName).toList())
            + ", ElementWiseVertex, MergeVertex");
  }
}
