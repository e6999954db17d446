package io.pneuma.network;

import io.pneuma.backbone.Backbone;
import io.pneuma.backbone.Backbones;
import io.pneuma.backbone.Pretrained;
import io.pneuma.backbone.Pretrained.Taken;
import io.pneuma.config.ConfigException;
import io.pneuma.config.Recipe;
import io.pneuma.config.Recipe.BackboneSpec;
import io.pneuma.config.WeightsSource.OfFile;
import io.pneuma.weights.Digest;
import io.pneuma.weights.WeightsException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration.GraphBuilder;
import org.deeplearning4j.nn.conf.graph.GraphVertex;
import org.deeplearning4j.nn.conf.graph.LayerVertex;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.learning.config.NoOp;

/** One backbone in its place in a recipe: its prefix in the graph, its cut, what is frozen. */
public final class BackboneUnit {
  private final BackboneSpec spec;
  private final String label;
  private final int imageSize;
  private final long seed;
  private final Optional<Pretrained> pretrained;
  private final Backbone backbone;
  private int mapSide; // 0 for vectors.
  private int width; // Told from the graph when first asked for.
  private Optional<Taken> taken = Optional.empty();
  private String description; // Made once.
  private String weightsHash; // Read once, when first asked for: the file may be large.

  private BackboneUnit(BackboneSpec spec, String label, int imageSize, long seed)
      throws WeightsException {
    this.spec = spec;
    this.label = label;
    this.imageSize = imageSize;
    this.seed = seed;
    this.pretrained = spec.isRandom() ? Optional.empty() : Optional.of(open(weightsFile()));
    Backbone own = Backbones.named(spec.name());
    checkSize(own);
    this.backbone = pretrained.isEmpty() ? own : pretrained.get().fit(own);
  }

  /** How many pixels the maps of this backbone have at a side. */
  private int ownSide() {
    ComputationGraphConfiguration vectors = configuration(imageSize, false);
    String last = vectors.getVertexInputs().get(features()).get(0);
    InputType maps = MemoryEstimate.activations(vectors, imageSize).get(last);
    int height = (int) ((InputType.InputTypeConvolutional) maps).getHeight();
    return backbone.mapSide(imageSize, height);
  }

  private void checkSize(Backbone own) {
    int patch = own.patch();
    if (imageSize % patch != 0) {
      int less = imageSize / patch * patch;
      throw new ConfigException(
          String.format(
              "data.imageSize: %s takes multiples of %d pixels, but it is %d; try %d or %d",
              own.name(), patch, imageSize, less, less + patch));
    }
  }

  /**
   * The backbones of a recipe.
   *
   * @throws WeightsException when a file of weights cannot be read
   */
  public static List<BackboneUnit> of(Recipe recipe) throws WeightsException {
    List<String> labels = labels(recipe);
    List<BackboneUnit> units = new ArrayList<>();
    for (BackboneSpec spec : recipe.backbones()) {
      // A seed of its own, so that two random backbones of one name differ.
      long seed = recipe.seed() + units.size();
      units.add(new BackboneUnit(spec, labels.get(units.size()), recipe.data().imageSize(), seed));
    }
    if (recipe.fusion().onMaps()) {
      int smallest = units.stream().mapToInt(BackboneUnit::ownSide).min().orElseThrow();
      units.forEach(unit -> unit.mapSide = smallest);
    }
    return units;
  }

  /**
   * A backbone without a recipe, for its features as vectors.
   *
   * @param imageSize side in pixels of the images that it will see
   * @throws WeightsException when its file of weights cannot be read
   */
  public static BackboneUnit alone(BackboneSpec spec, int imageSize) throws WeightsException {
    return new BackboneUnit(spec, spec.name(), imageSize, 0);
  }

  /** The names of a recipe's backbones; the second of a name is called {@code name-2}. */
  public static List<String> labels(Recipe recipe) {
    List<String> labels = new ArrayList<>();
    Map<String, Integer> seen = new HashMap<>();
    for (BackboneSpec spec : recipe.backbones()) {
      int nth = seen.merge(spec.name(), 1, Integer::sum);
      labels.add(nth == 1 ? spec.name() : spec.name() + "-" + nth);
    }
    return labels;
  }

  /** What the recipe says of it. */
  public BackboneSpec spec() {
    return spec;
  }

  /** Its name among the recipe's backbones. */
  public String label() {
    return label;
  }

  /** The stage it ends at. */
  public String cut() {
    List<String> stages = backbone.stages();
    return spec.cut().orElse(stages.get(stages.size() - 1));
  }

  /** The vertex of its features in the whole graph. */
  public String features() {
    return Backbone.featuresOf(prefix());
  }

  /** Seed of its random initialisation. */
  public long seed() {
    return seed;
  }

  /**
   * Tells its parameters, when frozen, from any others: the hash of its weights' file, or the seed.
   *
   * @throws WeightsException when the file cannot be read
   */
  public String weightsId() throws WeightsException {
    if (spec.isRandom()) {
      return "He initialisation, seed " + seed;
    }
    if (weightsHash == null) {
      weightsHash = Digest.sha256(weightsFile().file());
    }
    return weightsHash;
  }

  /**
   * Tells its layers from any others, whatever their parameters: the hash of their configuration,
   * in which neither its label nor its seed counts.
   */
  public String description() {
    if (description == null) {
      String layers = configuration(imageSize, false, 0).toJson();
      description = Digest.sha256(layers.replace(prefix(), "").getBytes(StandardCharsets.UTF_8));
    }
    return description;
  }

  private String prefix() {
    return Backbone.prefixOf(label);
  }

  private static Pretrained open(OfFile weights) throws WeightsException {
    return Pretrained.open(weights.file(), weights.allowNonFinite());
  }

  private OfFile weightsFile() {
    if (spec.weights() instanceof OfFile file) {
      return file;
    }
    throw new IllegalStateException(spec.weights() + " was not made a file before it was needed");
  }

  /** The stage of each of its layers in the whole graph, from 0. */
  Map<String, Integer> stagesOfLayers() {
    return backbone.stagesOfLayers(prefix(), imageSize, cut());
  }

  String addTo(GraphBuilder graph, String input, boolean freeze) {
    return addTo(graph, input, imageSize, freeze);
  }

  private String addTo(GraphBuilder graph, String input, int size, boolean freeze) {
    String through =
        switch (spec.freeze()) {
          case BackboneSpec.FREEZE_ALL -> cut();
          case BackboneSpec.FREEZE_NONE -> "";
          default -> spec.freeze();
        };
    String frozen = freeze ? through : "";
    return mapSide == 0
        ? backbone.addTo(graph, prefix(), input, size, cut(), frozen)
        : backbone.addMapsTo(graph, prefix(), input, size, cut(), frozen, mapSide);
  }

  /**
   * This backbone alone, initialised from the recipe's seed or weights: images B x 3 x H x W in,
   * its features B x C out.
   *
   * @throws WeightsException when the weights do not fit
   */
  public ComputationGraph create() throws WeightsException {
    ComputationGraph network = new ComputationGraph(configuration(imageSize, false));
    network.init();
    backbone.initialiseColours(network, prefix());
    if (pretrained.isPresent()) {
      checkHash();
      taken = Optional.of(pretrained.get().into(network, prefix(), backbone));
    }
    return network;
  }

  private void checkHash() throws WeightsException {
    OfFile file = weightsFile();
    if (file.sha256().isPresent() && !file.sha256().get().equals(weightsId())) {
      throw new WeightsException(
          file.file(),
          "has the SHA-256 " + weightsId() + ", but the recipe wants " + file.sha256().get());
    }
  }

  /** What {@link #create} took from the weights' file, in a line; empty for random weights. */
  public Optional<String> imported() {
    return taken.map(from -> label + ": " + weightsFile().file() + " is " + from);
  }

  /** Number of parameters that its weights hold, without the fixed colour map. */
  public long parameters(ComputationGraph created) {
    return backbone.parameters(created, prefix());
  }

  /** Number of features it gives, on maps for all positions. */
  public int width() {
    if (width == 0) {
      width =
          Math.toIntExact(
              MemoryEstimate.activations(configuration(imageSize, false), imageSize)
                  .get(features())
                  .arrayElementsPerExample());
    }
    return width;
  }

  /** Pixels at a side of the maps that it gives; 0 for vectors. */
  public int mapSide() {
    return mapSide;
  }

  /**
   * The first batch normalisation that learns from maps of one pixel at this image size, by its
   * name in the publisher's files: of a single image it sees one value a channel.
   */
  public Optional<String> normOfOnePixel(int size) {
    ComputationGraphConfiguration learning = configuration(size, true);
    Map<String, InputType> shapes = MemoryEstimate.activations(learning, size);
    return learning.getVertices().entrySet().stream()
        .filter(vertex -> isLearningNorm(vertex.getValue()))
        .map(Map.Entry::getKey)
        .filter(
            name ->
                shapes.get(name) instanceof InputType.InputTypeConvolutional maps
                    && maps.getHeight() * maps.getWidth() == 1)
        .map(name -> name.substring(prefix().length()))
        .findFirst();
  }

  /** A frozen one stands in a layer of another type, and normalises by what it has stored. */
  private static boolean isLearningNorm(GraphVertex vertex) {
    return vertex instanceof LayerVertex layer
        && layer.getLayerConf().getLayer() instanceof BatchNormalization;
  }

  private ComputationGraphConfiguration configuration(int size, boolean freeze) {
    return configuration(size, freeze, seed);
  }

  private ComputationGraphConfiguration configuration(int size, boolean freeze, long seed) {
    GraphBuilder graph = Backbone.graph(new NoOp(), seed);
    graph.addInputs(FusionNetwork.IMAGE);
    graph.setOutputs(addTo(graph, FusionNetwork.IMAGE, size, freeze));
    graph.setInputTypes(InputType.convolutional(size, size, 3));
    return graph.build();
  }
}
