package io.pneuma.network;

import io.pneuma.backbone.Backbone;
import io.pneuma.backbone.Backbones;
import io.pneuma.backbone.Pretrained;
import io.pneuma.backbone.Pretrained.Taken;
import io.pneuma.config.Recipe;
import io.pneuma.config.Recipe.BackboneSpec;
import io.pneuma.config.WeightsSource.OfFile;
import io.pneuma.weights.Digest;
import io.pneuma.weights.WeightsException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration.GraphBuilder;
import org.deeplearning4j.nn.conf.inputs.InputType;
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
  private final int width;
  private Optional<Taken> taken = Optional.empty();
  private String weightsHash; // Read once, when first asked for: the file may be large.

  private BackboneUnit(BackboneSpec spec, String label, int imageSize, long seed)
      throws WeightsException {
    this.spec = spec;
    this.label = label;
    this.imageSize = imageSize;
    this.seed = seed;
    this.pretrained = spec.isRandom() ? Optional.empty() : Optional.of(open(weightsFile()));
    Backbone own = Backbones.named(spec.name());
    this.backbone = pretrained.isEmpty() ? own : pretrained.get().fit(own);
    this.width =
        Math.toIntExact(
            MemoryEstimate.activations(configuration(), imageSize)
                .get(features())
                .arrayElementsPerExample());
  }

  static List<BackboneUnit> of(Recipe recipe) throws WeightsException {
    List<String> labels = labels(recipe);
    List<BackboneUnit> units = new ArrayList<>();
    for (BackboneSpec spec : recipe.backbones()) {
      // A seed of its own, so that two random backbones of one name differ.
      long seed = recipe.seed() + units.size();
      units.add(new BackboneUnit(spec, labels.get(units.size()), recipe.data().imageSize(), seed));
    }
    return units;
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

  String addTo(GraphBuilder graph, String input, boolean freeze) {
    String through =
        switch (spec.freeze()) {
          case BackboneSpec.FREEZE_ALL -> cut();
          case BackboneSpec.FREEZE_NONE -> "";
          default -> spec.freeze();
        };
    return backbone.addTo(graph, prefix(), input, imageSize, cut(), freeze ? through : "");
  }

  /**
   * This backbone alone, initialised from the recipe's seed or weights: images B x 3 x H x W in,
   * its features B x C out.
   *
   * @throws WeightsException when the weights do not fit
   */
  public ComputationGraph create() throws WeightsException {
    ComputationGraph network = new ComputationGraph(configuration());
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
    return taken.map(from -> label + ": weights are " + from);
  }

  /** Number of parameters that its weights hold, without the fixed colour map. */
  public long parameters(ComputationGraph created) {
    return backbone.parameters(created, prefix());
  }

  /** Number of features it gives. */
  public int width() {
    return width;
  }

  private ComputationGraphConfiguration configuration() {
    GraphBuilder graph = Backbone.graph(new NoOp(), seed);
    graph.addInputs(FusionNetwork.IMAGE);
    graph.setOutputs(addTo(graph, FusionNetwork.IMAGE, false));
    graph.setInputTypes(InputType.convolutional(imageSize, imageSize, 3));
    return graph.build();
  }
}
