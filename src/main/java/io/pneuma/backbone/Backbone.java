package io.pneuma.backbone;

import io.pneuma.layers.FlatMaps;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration.GraphBuilder;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.weights.WeightInit;
import org.deeplearning4j.zoo.ModelMetaData;
import org.deeplearning4j.zoo.PretrainedType;
import org.deeplearning4j.zoo.ZooModel;
import org.deeplearning4j.zoo.ZooType;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.NoOp;

/**
 * An image network that gives a feature vector: its stages, then the mean over all positions. Its
 * input is RGB in [0,1], B x 3 x H x W; what its weights expect of the colours is part of its
 * graph.
 */
public abstract class Backbone extends ZooModel<ComputationGraph> {
  /** Separates a backbone's prefix from the publisher's name of a layer. */
  public static final String SEPARATOR = "/";

  private static final String IMAGE = "image";
  private static final String COLOURS = "colours";
  private static final String FEATURES = "features";

  private int imageSize = 224;
  private Colours colours = Colours.IMAGENET;

  /** The name that recipes use. */
  public abstract String name();

  abstract List<Stage> parts(int imageSize);

  /**
   * Adds the classifier of the published network to its last stage, and returns the logits' name.
   */
  abstract String classifier(Blocks blocks, String featureMaps, String features, int classes);

  /** The first word of the classifier's keys in the publisher's files. */
  abstract String classifierKey();

  /** How many classes the published network tells apart; ImageNet's unless it says otherwise. */
  int classes() {
    return 1000;
  }

  /** Pixels of which an image's sides must be a multiple; 1 where any size will do. */
  public int patch() {
    return 1;
  }

  /** The stages in order; a recipe's {@code cut} and {@code freeze} name one. */
  public final List<String> stages() {
    return parts(imageSize).stream().map(Stage::name).toList();
  }

  /** What the colours undergo before the first layer; ImageNet's unless weights want another. */
  final void colours(Colours expected) {
    colours = expected;
  }

  /**
   * Adds this backbone to a graph.
   *
   * @param prefix goes before each name, and ends with {@link #SEPARATOR}
   * @param input name of the images' vertex, B x 3 x H x W
   * @param imageSize H and W in pixels
   * @param cut the last stage to add
   * @param freezeThrough the last stage whose parameters and statistics keep still; empty for none
   * @return the name of the features' vertex, B x C
   */
  public final String addTo(
      GraphBuilder graph,
      String prefix,
      String input,
      int imageSize,
      String cut,
      String freezeThrough) {
    Blocks blocks = new Blocks(graph, prefix);
    String maps = addStages(blocks, input, imageSize, cut, freezeThrough);
    return blocks.globalAverage(FEATURES, maps);
  }

  /**
   * Adds this backbone to a graph, with its last feature maps for features.
   *
   * @param side height and width to which the maps are brought, in pixels
   * @return the name of the features' vertex, B x (C side side), channel by channel
   */
  public final String addMapsTo(
      GraphBuilder graph,
      String prefix,
      String input,
      int imageSize,
      String cut,
      String freezeThrough,
      int side) {
    Blocks blocks = new Blocks(graph, prefix, true);
    String maps = addStages(blocks, input, imageSize, cut, freezeThrough);
    return blocks.layer(FEATURES, new FlatMaps(side), asMaps(blocks, maps));
  }

  /** Maps of what the last stage gives, where that is none. */
  String asMaps(Blocks blocks, String last) {
    return last;
  }

  /**
   * Pixels at a side of the maps.
   *
   * @param height of what the last stage gives
   */
  public int mapSide(int imageSize, int height) {
    return height;
  }

  private String addStages(
      Blocks blocks, String input, int imageSize, String cut, String freezeThrough) {
    List<String> names = stages();
    if (!names.contains(cut) || !(freezeThrough.isEmpty() || names.contains(freezeThrough))) {
      throw new IllegalArgumentException(
          name() + " has no stage " + cut + " or " + freezeThrough + "; known: " + names);
    }
    int lastFrozen = names.indexOf(freezeThrough);
    String last = blocks.colours(COLOURS, input, colours.channels());
    for (Stage stage : parts(imageSize)) {
      blocks.frozen(names.indexOf(stage.name()) <= lastFrozen);
      last = stage.builder().add(blocks, last);
      if (stage.name().equals(cut)) {
        break;
      }
    }
    return last;
  }

  /**
   * The stage of each vertex, from 0, by the names that they get from {@link #addTo}.
   *
   * @param cut the last stage
   */
  public final Map<String, Integer> stagesOfLayers(String prefix, int imageSize, String cut) {
    GraphBuilder graph = graph(new NoOp(), 1).addInputs(IMAGE);
    Blocks blocks = new Blocks(graph, prefix);
    String last = blocks.colours(COLOURS, IMAGE, colours.channels());
    Map<String, Integer> stageOf = new HashMap<>();
    List<Stage> parts = parts(imageSize);
    for (int stage = 0; stage <= stages().indexOf(cut); stage++) {
      Set<String> before = Set.copyOf(graph.getVertices().keySet());
      last = parts.get(stage).builder().add(blocks, last);
      for (String name : graph.getVertices().keySet()) {
        if (!before.contains(name)) {
          stageOf.put(name, stage);
        }
      }
    }
    return stageOf;
  }

  /** Writes the fixed colour map into an initialised graph. */
  public final void initialiseColours(ComputationGraph graph, String prefix) {
    colours.writeTo(graph.getLayer(coloursOf(prefix)));
  }

  /** Number of parameters behind a prefix, stored statistics included. */
  public final long parameters(ComputationGraph graph, String prefix) {
    return Parameter.of(graph, prefix).stream().mapToLong(Parameter::length).sum();
  }

  /** What goes before the names of the layers of a backbone that a recipe calls so. */
  public static String prefixOf(String label) {
    // The training UI takes what follows the last underscore for a parameter's name.
    return label.replace('_', '.') + SEPARATOR;
  }

  static String coloursOf(String prefix) {
    return prefix + COLOURS;
  }

  /** The name of the features' vertex behind a prefix. */
  public static String featuresOf(String prefix) {
    return prefix + FEATURES;
  }

  /**
   * The published classification network, randomly initialised (He), with two outputs: the features
   * B x C and the logits B x {@link #classes}.
   */
  final ComputationGraph network() {
    ComputationGraph network = new ComputationGraph(published());
    network.init();
    initialiseColours(network, "");
    return network;
  }

  /** {@link #network}, under the name and the unchecked type that zoo models have. */
  @Override
  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"}) // As the interface declares it.
  public final <M extends Model> M init() {
    return (M) network();
  }

  /** The configuration of the published classification network. */
  final ComputationGraphConfiguration published() {
    GraphBuilder graph = graph(new NoOp(), 1);
    Blocks blocks = new Blocks(graph, "");
    List<String> stages = stages();
    String maps = addStages(blocks, IMAGE, imageSize, stages.get(stages.size() - 1), "");
    blocks.frozen(false);
    String features = blocks.globalAverage(FEATURES, maps);
    String logits = classifier(blocks, maps, features, classes());
    return graph
        .addInputs(IMAGE)
        .setInputTypes(InputType.convolutional(imageSize, imageSize, 3))
        .setOutputs(features, logits)
        .build();
  }

  /** A graph builder with the settings that all graphs share. */
  public static GraphBuilder graph(IUpdater updater, long seed) {
    return new NeuralNetConfiguration.Builder()
        .seed(seed)
        .updater(updater)
        .weightInit(WeightInit.XAVIER)
        .activation(Activation.IDENTITY)
        .graphBuilder();
  }

  @Override
  public final void setInputShape(int[][] shapes) {
    imageSize = shapes[0][1];
  }

  @Override
  @SuppressWarnings("deprecation") // Abstract in the interface, so it must be there.
  public final ModelMetaData metaData() {
    return new ModelMetaData(new int[][] {{3, imageSize, imageSize}}, 1, ZooType.CNN);
  }

  /** Always null: weights come through the room of that name, checked and complete. */
  @Override
  public final String pretrainedUrl(PretrainedType type) {
    return null;
  }

  @Override
  public final long pretrainedChecksum(PretrainedType type) {
    return 0;
  }

  @Override
  public final Class<? extends Model> modelType() {
    return ComputationGraph.class;
  }

  @Override
  public final String modelName() {
    return name();
  }
}
