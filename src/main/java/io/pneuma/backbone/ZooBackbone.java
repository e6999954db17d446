package io.pneuma.backbone;

import io.pneuma.computation.Network;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration.GraphBuilder;
import org.deeplearning4j.nn.conf.graph.GraphVertex;
import org.deeplearning4j.nn.conf.graph.LayerVertex;
import org.deeplearning4j.nn.conf.graph.MergeVertex;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.zoo.model.SqueezeNet;
import org.deeplearning4j.zoo.model.VGG16;
import org.deeplearning4j.zoo.model.Xception;
import org.nd4j.linalg.activations.impl.ActivationReLU;
import org.nd4j.linalg.learning.config.NoOp;

/**
 * A network of Deeplearning4j's own zoo, up to its last feature maps: one stage, {@code features}.
 * Without weights it is the zoo's graph as it stands, whose oddities are not mended: its ResNet50
 * has a stride of 2 in its first block too and draws from N(0, 0.5), its SqueezeNet pools without
 * rounding up. With a file of weights it is the graph in that file, for the zoo's published files
 * hold networks from Keras that differ from the zoo's classes.
 *
 * <p>Colours: random weights get ImageNet's standardisation. For a file they are those of the
 * original in Keras's documentation: VGG16 and ResNet50 {@code mode="caffe"}, Xception {@code
 * mode="tf"}, SqueezeNet (from rcmalli's keras-squeezenet) {@code mode="caffe"}. For VGG16
 * Deeplearning4j's {@code VGG16ImagePreProcessor} says the same; for the others Deeplearning4j says
 * nothing, and none was tried on the published files.
 */
final class ZooBackbone extends Backbone {
  /** Goes before the zoo's name of a network. */
  static final String PREFIX = "zoo:";

  private static final String STAGE = "features";
  private static final int CLASSES = 1000;

  /** What the zoo says of a network, and how to find its last feature maps from its output. */
  private record Network(
      String name,
      Supplier<ComputationGraphConfiguration> configuration,
      Colours published,
      Predicate<GraphVertex> lastMaps) {}

  private final Network network;
  private FeatureGraph graph; // The zoo's own until weights bring another; made when needed.

  private ZooBackbone(Network network) {
    this.network = network;
  }

  /** Its 13 convolutions and 5 poolings: 512 features. */
  static ZooBackbone vgg16() {
    return new ZooBackbone(
        new Network(
            "VGG16",
            () -> VGG16.builder().numClasses(CLASSES).build().conf(),
            Colours.CAFFE,
            vertex -> layer(vertex) instanceof SubsamplingLayer));
  }

  /** Up to the last residual unit: 2048 features. */
  static ZooBackbone resNet50() {
    return new ZooBackbone(
        new Network(
            "ResNet50",
            () ->
                org.deeplearning4j.zoo.model.ResNet50.builder()
                    .numClasses(CLASSES)
                    .build()
                    .graphBuilder()
                    .build(),
            Colours.CAFFE,
            ZooBackbone::isRelu));
  }

  /** Up to its last separable convolution: 2048 features. */
  static ZooBackbone xception() {
    return new ZooBackbone(
        new Network(
            "Xception",
            () -> withInput(Xception.builder().numClasses(CLASSES).build().graphBuilder(), 299),
            Colours.PLUS_MINUS_ONE,
            ZooBackbone::isRelu));
  }

  /** Up to its last fire module: 512 features. */
  static ZooBackbone squeezeNet() {
    return new ZooBackbone(
        new Network(
            "SqueezeNet",
            () -> withInput(SqueezeNet.builder().numClasses(CLASSES).build().graphBuilder(), 227),
            Colours.CAFFE,
            MergeVertex.class::isInstance));
  }

  private static ComputationGraphConfiguration withInput(GraphBuilder builder, int size) {
    return builder.addInputs("input").setInputTypes(InputType.convolutional(size, size, 3)).build();
  }

  private static boolean isRelu(GraphVertex vertex) {
    return layer(vertex) instanceof ActivationLayer activation
        && activation.getActivationFn() instanceof ActivationReLU;
  }

  private static org.deeplearning4j.nn.conf.layers.Layer layer(GraphVertex vertex) {
    return vertex instanceof LayerVertex layer ? layer.getLayerConf().getLayer() : null;
  }

  @Override
  public String name() {
    return PREFIX + network.name;
  }

  @Override
  List<Stage> parts(int imageSize) {
    return List.of(new Stage(STAGE, (blocks, input) -> graph().addTo(blocks, input)));
  }

  private FeatureGraph graph() {
    if (graph == null) {
      graph = cut(network.configuration.get());
    }
    return graph;
  }

  /** Makes this the backbone behind a prefix of a graph of Pneuma's. */
  void become(ComputationGraphConfiguration source, String prefix) {
    List<String> maps = source.getVertexInputs().get(featuresOf(prefix));
    if (maps == null) {
      throw new IllegalArgumentException("has no vertex " + featuresOf(prefix));
    }
    graph = FeatureGraph.of(source, prefix, coloursOf(prefix), maps.get(0));
  }

  /** The convolutional part of a graph: from its output back to its last feature maps. */
  private FeatureGraph cut(ComputationGraphConfiguration source) {
    if (source.getNetworkInputs().size() != 1) {
      throw new IllegalArgumentException(
          "has the inputs " + source.getNetworkInputs() + "; expected one image");
    }
    String vertex = source.getNetworkOutputs().get(0);
    Set<String> seen = new HashSet<>();
    while (!network.lastMaps.test(source.getVertices().get(vertex))) {
      List<String> inputs = source.getVertexInputs().get(vertex);
      if (inputs == null || inputs.isEmpty() || !seen.add(vertex)) {
        throw new IllegalArgumentException("has no vertex where " + network.name + " can be cut");
      }
      vertex = inputs.get(0);
    }
    return FeatureGraph.of(source, "", source.getNetworkInputs().get(0), vertex);
  }

  /**
   * What a graph from elsewhere becomes among Pneuma's: this backbone behind its own prefix, in the
   * format that Pneuma's graphs have, with the same parameters and the published colours.
   *
   * @throws IllegalArgumentException when that graph is another network
   */
  ComputationGraph adopt(ComputationGraph foreign) {
    ZooBackbone own = new ZooBackbone(network);
    own.graph = cut(foreign.getConfiguration());
    own.colours(network.published);
    checkSameKernels(own.graph.kernels(), cut(network.configuration.get()).kernels());
    String prefix = prefixOf(name());
    GraphBuilder builder = graph(new NoOp(), 1).addInputs("image");
    builder.setOutputs(own.addTo(builder, prefix, "image", 224, STAGE, ""));
    builder.setInputTypes(InputType.convolutional(224, 224, 3));
    ComputationGraph adopted = new ComputationGraph(builder.build());
    adopted.init();
    own.initialiseColours(adopted, prefix);
    own.graph.copy(foreign, adopted, prefix);
    return adopted;
  }

  private void checkSameKernels(List<String> found, List<String> expected) {
    if (!found.equals(expected)) {
      Set<String> known = new HashSet<>(expected);
      String odd =
          found.stream()
              .filter(kernel -> !known.contains(kernel))
              .findFirst()
              .map(kernel -> "has a " + kernel + ", which is not in ")
              .orElse("has not as many of each kind of convolution as ");
      throw new IllegalArgumentException(odd + network.name);
    }
  }

  /** A linear classifier stands for the zoo's own, which no weights are taken for. */
  @Override
  String classifier(Blocks blocks, String featureMaps, String features, int classes) {
    return blocks.dense(classifierKey(), features, classes);
  }

  @Override
  String classifierKey() {
    return "classifier";
  }
}
