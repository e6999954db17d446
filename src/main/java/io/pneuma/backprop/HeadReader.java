package io.pneuma.backprop;

import io.pneuma.attention.AttentionLayer;
import io.pneuma.computation.Layout;
import io.pneuma.computation.UnsupportedLayerException;
import io.pneuma.layers.FeatureDropout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.graph.GraphVertex;
import org.deeplearning4j.nn.conf.graph.LayerVertex;
import org.deeplearning4j.nn.conf.graph.MergeVertex;
import org.deeplearning4j.nn.conf.layers.BaseLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.activations.impl.ActivationIdentity;
import org.nd4j.linalg.activations.impl.ActivationSoftmax;
import org.nd4j.linalg.lossfunctions.impl.LossMCXENT;

/** Reads, from the output back, what a graph does with features. */
public final class HeadReader {
  private final ComputationGraphConfiguration configuration;
  private final List<String> features;
  private final List<Branch> branches = new ArrayList<>();

  /**
   * A head's vertices by name.
   *
   * @param branches what is concatenated
   * @param attention empty for none
   */
  public record Layout(
      List<Branch> branches, String fused, Optional<String> attention, String output) {}

  /**
   * Features on their way to the concatenation.
   *
   * @param features their place among all
   * @param embedding empty where they go as they are
   */
  public record Branch(int features, Optional<String> embedding) {}

  private HeadReader(ComputationGraph graph, List<String> features) {
    this.configuration = graph.getConfiguration();
    this.features = features;
  }

  /**
   * Reads a head.
   *
   * @param features the vertices with which it starts
   * @throws UnsupportedLayerException when it is not embeddings, concatenation, attention, softmax
   */
  public static Layout read(ComputationGraph graph, List<String> features) {
    return new HeadReader(graph, features).read();
  }

  private Layout read() {
    if (configuration.getNetworkOutputs().size() != 1) {
      throw new UnsupportedLayerException("the graph", "more than one output");
    }
    String output = configuration.getNetworkOutputs().get(0);
    checkOutput(output);
    String before = inputs(output).get(0);
    Optional<String> attention = Optional.empty();
    if (configuration.getVertices().get(before) instanceof LayerVertex) {
      Layer layer = layer(before);
      if (!(layer instanceof AttentionLayer kind)) {
        throw new UnsupportedLayerException(before, layer);
      }
      AttentionReader.read(before, kind);
      attention = Optional.of(before);
      before = inputs(before).get(0);
    }
    GraphVertex fused = configuration.getVertices().get(before);
    if (!(fused instanceof MergeVertex)) {
      throw new UnsupportedLayerException(before, String.valueOf(fused));
    }
    inputs(before).forEach(this::readBranch);
    return new Layout(branches, before, attention, output);
  }

  /** The vertices with which the head of a whole graph starts: what it embeds or concatenates. */
  public static List<String> starts(ComputationGraph graph) {
    HeadReader reader = new HeadReader(graph, List.of());
    String vertex = graph.getConfiguration().getNetworkOutputs().get(0);
    while (!(reader.configuration.getVertices().get(vertex) instanceof MergeVertex)) {
      if (reader.inputs(vertex) == null) {
        throw new UnsupportedLayerException(vertex, "no concatenation behind it");
      }
      vertex = reader.inputs(vertex).get(0);
    }
    return reader.inputs(vertex).stream().map(reader::beforeEmbedding).toList();
  }

  private String beforeEmbedding(String name) {
    return configuration.getVertices().get(name) instanceof LayerVertex vertex
            && vertex.getLayerConf().getLayer() instanceof DenseLayer
        ? inputs(name).get(0)
        : name;
  }

  private List<String> inputs(String vertex) {
    return configuration.getVertexInputs().get(vertex);
  }

  private void readBranch(String name) {
    if (features.contains(name)) {
      branches.add(new Branch(features.indexOf(name), Optional.empty()));
      return;
    }
    Layer layer = layer(name);
    String input = inputs(name).get(0);
    boolean plain =
        layer instanceof DenseLayer dense
            && dense.hasBias()
            && !dense.hasLayerNorm()
            && dense.getActivationFn() instanceof ActivationIdentity
            && features.contains(input);
    if (!plain) {
      throw new UnsupportedLayerException(name, layer);
    }
    branches.add(new Branch(features.indexOf(input), Optional.of(name)));
  }

  private void checkOutput(String name) {
    Layer layer = anyLayer(name);
    if (layer.getIDropout() != null && !(layer.getIDropout() instanceof FeatureDropout)) {
      throw new UnsupportedLayerException(name, layer.getIDropout());
    }
    boolean plain =
        layer instanceof OutputLayer output
            && output.hasBias()
            && output.getActivationFn() instanceof ActivationSoftmax
            && output.getLossFn() instanceof LossMCXENT;
    if (!plain) {
      throw new UnsupportedLayerException(name, layer);
    }
  }

  private Layer layer(String name) {
    Layer layer = anyLayer(name);
    if (layer.getIDropout() != null) {
      throw new UnsupportedLayerException(name, "it draws random numbers: " + layer);
    }
    return layer;
  }

  private Layer anyLayer(String name) {
    if (!(configuration.getVertices().get(name) instanceof LayerVertex vertex)
        || vertex.getPreProcessor() != null) {
      throw new UnsupportedLayerException(name, "" + configuration.getVertices().get(name));
    }
    Layer layer = vertex.getLayerConf().getLayer();
    boolean noise = layer instanceof BaseLayer base && base.getWeightNoise() != null;
    if (noise) {
      throw new UnsupportedLayerException(name, "it draws random numbers: " + layer);
    }
    return layer;
  }

  /** The dropout of an output layer's input. */
  static Optional<FeatureDropout> dropout(ComputationGraph graph, String output) {
    return Optional.ofNullable(
        (FeatureDropout) graph.getLayer(output).conf().getLayer().getIDropout());
  }

  static float[] classWeights(LossMCXENT loss, int classes) {
    if (loss.getWeights() != null) {
      return loss.getWeights().toFloatVector();
    }
    float[] ones = new float[classes];
    Arrays.fill(ones, 1);
    return ones;
  }
}
