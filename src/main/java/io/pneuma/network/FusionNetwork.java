package io.pneuma.network;

import io.pneuma.attention.AttentionLayer;
import io.pneuma.attention.Attentions;
import io.pneuma.backbone.Backbone;
import io.pneuma.config.ConfigException;
import io.pneuma.config.Recipe;
import io.pneuma.config.Recipe.AttentionSpec;
import io.pneuma.layers.FeatureDropout;
import io.pneuma.weights.WeightsException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration.GraphBuilder;
import org.deeplearning4j.nn.conf.graph.LayerVertex;
import org.deeplearning4j.nn.conf.graph.MergeVertex;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.BaseLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.samediff.AbstractSameDiffLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.params.DefaultParamInitializer;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.lossfunctions.impl.LossMCXENT;

/**
 * The network of Cha et al. (2021), figure 1: backbones give features, each is embedded, all are
 * concatenated, an attention reweights them, and softmax tells the classes apart.
 */
public final class FusionNetwork {
  /** The images' vertex: B x 3 x H x W, RGB in [0,1]. */
  public static final String IMAGE = "image";

  /** The softmax layer: B x classes. */
  public static final String OUTPUT = "output";

  private static final String EMBEDDING = "embedding" + Backbone.SEPARATOR;
  private static final String FUSED = "fused";
  private static final String ATTENTION = "attention";

  private final Recipe recipe;
  private final List<BackboneUnit> backbones;
  private final INDArray classWeights;

  /**
   * A network for a number of classes.
   *
   * @param classWeights a weight for each class, in the order of the labels
   * @throws WeightsException when a file of weights cannot be read
   */
  public FusionNetwork(Recipe recipe, double[] classWeights) throws WeightsException {
    this(recipe, BackboneUnit.of(recipe), classWeights);
  }

  /** A network of backbones that are there already. */
  public FusionNetwork(Recipe recipe, List<BackboneUnit> backbones, double[] classWeights) {
    this.recipe = recipe;
    this.backbones = List.copyOf(backbones);
    this.classWeights = Nd4j.create(classWeights, new long[] {1, classWeights.length});
  }

  /** The backbones, in the order in which their features are concatenated. */
  public List<BackboneUnit> backbones() {
    return backbones;
  }

  /**
   * The whole graph, with the parameters of the given backbones.
   *
   * @param trained for each of {@link #backbones()} a graph that holds its parameters
   */
  public ComputationGraph build(List<ComputationGraph> trained) {
    GraphBuilder graph = graphBuilder();
    graph.addInputs(IMAGE);
    List<String> features = new ArrayList<>();
    for (BackboneUnit backbone : backbones) {
      features.add(backbone.addTo(graph, IMAGE, true));
    }
    addHead(graph, features);
    int size = recipe.data().imageSize();
    graph.setInputTypes(InputType.convolutional(size, size, 3));
    ComputationGraphConfiguration configuration = configuration(graph);
    if (recipe.training().stageDecay() != 1) {
      for (BackboneUnit backbone : backbones) {
        LearningRates.discriminate(configuration, backbone.stagesOfLayers(), recipe.training());
      }
    }
    ComputationGraph network = new ComputationGraph(configuration);
    network.init();
    trained.forEach(source -> copy(source, network));
    return network;
  }

  /**
   * The part after the backbones alone. Its inputs are named as the features' vertices of the whole
   * graph, its layers as there, so that {@link #copy} moves the parameters between the two.
   */
  public ComputationGraph buildHead() {
    ComputationGraph head = new ComputationGraph(headConfiguration());
    head.init();
    return head;
  }

  /** What {@link #buildHead} initialises, for a machine that has no weights of backbones. */
  public ComputationGraphConfiguration headConfiguration() {
    GraphBuilder graph = graphBuilder();
    List<String> features = backbones.stream().map(BackboneUnit::features).toList();
    graph.addInputs(features);
    addHead(graph, features);
    graph.setInputTypes(
        widths().stream().map(width -> InputType.feedForward(width)).toArray(InputType[]::new));
    return configuration(graph);
  }

  /**
   * The head of a whole graph alone, newly initialised. Its inputs are named as the features'
   * vertices of the whole graph, its layers as there.
   *
   * @param imageSize that the whole graph takes
   * @param learningRate Adam's, the same at every step
   */
  public static ComputationGraph newHead(
      ComputationGraph whole, int imageSize, long seed, double learningRate) {
    ComputationGraphConfiguration source = whole.getConfiguration();
    Map<String, InputType> types = MemoryEstimate.activations(source, imageSize);
    GraphBuilder head = Backbone.graph(new Adam(learningRate), seed);
    List<InputType> inputs = new ArrayList<>();
    List<String> fused = new ArrayList<>();
    for (String branch : source.getVertexInputs().get(FUSED)) {
      boolean embedded = branch.startsWith(EMBEDDING);
      String features = embedded ? source.getVertexInputs().get(branch).get(0) : branch;
      head.addInputs(features);
      inputs.add(types.get(features));
      if (embedded) {
        copy(source, branch, head, features, learningRate);
      }
      fused.add(branch);
    }
    head.addVertex(FUSED, new MergeVertex(), fused.toArray(String[]::new));
    boolean attends = source.getVertices().containsKey(ATTENTION);
    if (attends) {
      copy(source, ATTENTION, head, FUSED, learningRate);
    }
    copy(source, OUTPUT, head, attends ? ATTENTION : FUSED, learningRate);
    head.setOutputs(OUTPUT);
    head.setInputTypes(inputs.toArray(InputType[]::new));
    ComputationGraph network = new ComputationGraph(head.build());
    network.init();
    return network;
  }

  private static void copy(
      ComputationGraphConfiguration source,
      String name,
      GraphBuilder head,
      String input,
      double learningRate) {
    LayerVertex vertex = (LayerVertex) source.getVertices().get(name);
    var layer = vertex.getLayerConf().getLayer().clone();
    if (layer instanceof BaseLayer base) {
      base.setIUpdater(new Adam(learningRate));
      base.setBiasUpdater(null);
    } else if (layer instanceof AbstractSameDiffLayer own) {
      own.setUpdater(new Adam(learningRate));
      own.setBiasUpdater(null);
    }
    head.addLayer(name, layer, input);
  }

  /** Whether a layer stands behind the backbones: an embedding, the attention or the output. */
  public static boolean isOfHead(String layer) {
    return layer.startsWith(EMBEDDING) || layer.equals(ATTENTION) || layer.equals(OUTPUT);
  }

  private void addHead(GraphBuilder graph, List<String> features) {
    List<Integer> widths = widths();
    List<String> fused = new ArrayList<>();
    int channels = 0;
    for (int i = 0; i < features.size(); i++) {
      Optional<Integer> embedding = recipe.fusion().embedding();
      channels += embedding.orElse(widths.get(i));
      fused.add(
          embedding.map(width -> embed(graph, width)).orElse(name -> name).apply(features.get(i)));
    }
    graph.addVertex(FUSED, new MergeVertex(), fused.toArray(String[]::new)); // B x C
    int side = Math.max(1, backbones.get(0).mapSide());
    checkHeads(channels / (side * side));
    Optional<AttentionLayer> attention =
        Attentions.create(
            recipe.fusion().attention(),
            new Attentions.Fused(features.size(), channels / (side * side), side * side));
    attention.ifPresent(layer -> graph.addLayer(ATTENTION, layer, FUSED)); // B x C
    OutputLayer.Builder output =
        new OutputLayer.Builder(new LossMCXENT(classWeights))
            .nOut((int) classWeights.length())
            .activation(Activation.SOFTMAX);
    double dropout = recipe.training().regularization().dropout();
    if (dropout > 0) {
      output.dropOut(new FeatureDropout(dropout, recipe.seed()));
    }
    graph.addLayer(OUTPUT, output.build(), attention.isPresent() ? ATTENTION : FUSED);
    graph.setOutputs(OUTPUT);
  }

  private void checkHeads(int channels) {
    AttentionSpec attention = recipe.fusion().attention();
    if (recipe.fusion().onMaps()
        && attention.type().equals("self")
        && channels % attention.heads() != 0) {
      throw new ConfigException(
          "fusion.attention.heads = "
              + attention.heads()
              + " must divide the "
              + channels
              + " channels of the backbones' joined maps");
    }
  }

  /** The attention behind the concatenation, where there is one. */
  public static Optional<Layer> attention(ComputationGraph network) {
    return network.getConfiguration().getVertices().containsKey(ATTENTION)
        ? Optional.of(network.getLayer(ATTENTION))
        : Optional.empty();
  }

  /** How many positions there are for each channel of the features; 1 for vectors. */
  public static int positions(ComputationGraph network) {
    return network.getConfiguration().getVertices().containsKey(ATTENTION)
        ? ((AttentionLayer) network.getLayer(ATTENTION).conf().getLayer()).getPositions()
        : 1;
  }

  private static UnaryOperator<String> embed(GraphBuilder graph, int width) {
    return features -> {
      // Not behind the backbone's prefix, which is for what its weights are.
      String name = EMBEDDING + features.substring(0, features.indexOf(Backbone.SEPARATOR));
      graph.addLayer(
          name,
          new DenseLayer.Builder().nOut(width).activation(Activation.IDENTITY).build(),
          features);
      return name;
    };
  }

  private GraphBuilder graphBuilder() {
    return Backbone.graph(new Adam(LearningRates.schedule(recipe.training(), 1)), recipe.seed());
  }

  private ComputationGraphConfiguration configuration(GraphBuilder graph) {
    return ShrunkWeights.in(graph.build(), recipe.training().regularization().weightDecay());
  }

  private List<Integer> widths() {
    return backbones.stream().map(BackboneUnit::width).toList();
  }

  /** Makes the softmax that of the logits divided by a temperature; 1 changes nothing. */
  public static void divideLogits(ComputationGraph network, double temperature) {
    if (temperature != 1) {
      network.getLayer(OUTPUT).paramTable().values().forEach(array -> array.divi(temperature));
    }
  }

  /**
   * Multiplies the logits, then shifts them.
   *
   * @param shifts added to the logit of each class
   */
  public static void scaleLogits(ComputationGraph network, double factor, double[] shifts) {
    divideLogits(network, 1 / factor);
    INDArray bias = network.getLayer(OUTPUT).getParam(DefaultParamInitializer.BIAS_KEY);
    bias.addi(Nd4j.createFromArray(shifts).castTo(bias.dataType()).reshape(bias.shape()));
  }

  /** Copies the parameters of every layer that both graphs have by the same name. */
  public static void copy(ComputationGraph source, ComputationGraph target) {
    for (Layer layer : source.getLayers()) {
      String name = layer.conf().getLayer().getLayerName();
      if (target.getConfiguration().getVertices().containsKey(name)) {
        Layer same = target.getLayer(name);
        layer.paramTable().forEach((key, value) -> same.getParam(key).assign(value));
      }
    }
  }
}
