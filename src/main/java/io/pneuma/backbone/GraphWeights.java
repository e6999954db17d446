package io.pneuma.backbone;

import io.pneuma.backbone.WeightsReport.Entry;
import io.pneuma.backbone.WeightsReport.Fit;
import io.pneuma.graphfiles.GraphFile;
import io.pneuma.graphfiles.KerasFile;
import io.pneuma.weights.Problems;
import io.pneuma.weights.WeightsException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.deeplearning4j.nn.graph.ComputationGraph;

/**
 * A file with a whole graph: it gives the backbone of the same name in a graph of Pneuma's, such as
 * a run's {@code model.zip}. A graph from elsewhere fits a backbone of Deeplearning4j's zoo alone.
 */
final class GraphWeights implements Pretrained {
  private final Path file;
  private final boolean allowNonFinite;
  private final Format format;

  private GraphWeights(Path file, boolean allowNonFinite, Format format) {
    this.file = file;
    this.allowNonFinite = allowNonFinite;
    this.format = format;
  }

  /** The graph in a file; empty when the file is none of a format for graphs. */
  static Optional<GraphWeights> in(Path file, boolean allowNonFinite) {
    return Arrays.stream(Format.values())
        .filter(format -> format.matches(file))
        .findFirst()
        .map(format -> new GraphWeights(file, allowNonFinite, format));
  }

  /** How the graph is stored. */
  private enum Format {
    DEEPLEARNING4J("Deeplearning4j graph") {
      @Override
      boolean matches(Path file) {
        return GraphFile.isGraph(file);
      }

      @Override
      ComputationGraph read(Path file) throws WeightsException {
        return GraphFile.read(file);
      }
    },
    KERAS("Keras network") {
      @Override
      boolean matches(Path file) {
        return KerasFile.isHdf5(file);
      }

      @Override
      ComputationGraph read(Path file) throws WeightsException {
        return KerasFile.read(file);
      }
    };

    private final String words;

    Format(String words) {
      this.words = words;
    }

    abstract boolean matches(Path file);

    abstract ComputationGraph read(Path file) throws WeightsException;
  }

  /** What is in the file. */
  WeightsReport report() throws WeightsException {
    ComputationGraph graph = format.read(file);
    List<Entry> tensors = new ArrayList<>();
    graph
        .paramTable()
        .forEach(
            (key, values) ->
                tensors.add(
                    new Entry(
                        key,
                        values.dataType().toString(),
                        Arrays.toString(values.shape()),
                        values.isNaN().none() && values.isInfinite().none())));
    List<Fit> fits = new ArrayList<>();
    for (Backbone backbone : Backbones.all()) {
      try {
        ComputationGraph ours = asOurs(graph, backbone);
        Map<String, long[]> shapes = new LinkedHashMap<>();
        String prefix = fit(ours, backbone);
        Parameter.of(ours, prefix).forEach(p -> shapes.put(p.key(), p.shape()));
        WeightsReport.fit(backbone, shapes).ifPresent(fits::add);
      } catch (WeightsException e) {
        // This one does not fit; the others may.
      }
    }
    return new WeightsReport(format.words, "Deeplearning4j", tensors, List.copyOf(fits));
  }

  /** The file's graph as one of Pneuma's. */
  private ComputationGraph read(Backbone backbone) throws WeightsException {
    return asOurs(format.read(file), backbone);
  }

  private ComputationGraph asOurs(ComputationGraph graph, Backbone backbone)
      throws WeightsException {
    String ending = Backbone.coloursOf(Backbone.SEPARATOR);
    boolean ours =
        graph.getConfiguration().getVertices().keySet().stream().anyMatch(n -> n.endsWith(ending));
    if (ours) {
      return graph;
    }
    if (!(backbone instanceof ZooBackbone zoo)) {
      throw new WeightsException(
          file,
          "holds a "
              + format.words
              + " from elsewhere, which only a backbone "
              + ZooBackbone.PREFIX
              + "NAME takes; "
              + backbone.name()
              + " takes tensors with its publisher's keys, or a run's model.zip");
    }
    return fitting(backbone, () -> zoo.adopt(graph));
  }

  /** Whatever is odd about the graph in the file is the file's problem. */
  private <T> T fitting(Backbone backbone, Supplier<T> step) throws WeightsException {
    try {
      return step.get();
    } catch (RuntimeException e) {
      throw new WeightsException(
          file, "does not fit " + backbone.name() + ": " + Problems.brief(e.getMessage()), e);
    }
  }

  @Override
  public Backbone fit(Backbone backbone) throws WeightsException {
    fit(read(backbone), backbone);
    return backbone;
  }

  /** Makes the backbone as it is in the graph, and tells its prefix there. */
  private String fit(ComputationGraph source, Backbone backbone) throws WeightsException {
    String prefix = prefixIn(source, backbone);
    backbone.colours(
        fitting(backbone, () -> Colours.of(source.getLayer(Backbone.coloursOf(prefix)))));
    if (backbone instanceof ZooBackbone zoo) {
      fitting(
          backbone,
          () -> {
            zoo.become(source.getConfiguration(), prefix);
            return zoo;
          });
    }
    return prefix;
  }

  /** The prefix of the one backbone of that name. */
  private String prefixIn(ComputationGraph source, Backbone backbone) throws WeightsException {
    String ending = Backbone.coloursOf(Backbone.SEPARATOR);
    List<String> all =
        source.getConfiguration().getVertices().keySet().stream()
            .filter(name -> name.endsWith(ending))
            .map(name -> name.substring(0, name.length() - ending.length()))
            .toList();
    String wanted = Backbone.prefixOf(backbone.name()).replace(Backbone.SEPARATOR, "");
    List<String> found =
        all.stream().filter(l -> l.matches("\\Q" + wanted + "\\E(-\\d+)?")).toList();
    if (found.isEmpty()) {
      throw new WeightsException(
          file, "holds no backbone " + backbone.name() + "; it has " + String.join(", ", all));
    }
    if (found.size() > 1) {
      throw new WeightsException(
          file,
          "holds "
              + String.join(" and ", found)
              + "; write the one that is meant into a file: ./run.sh weights export --run DIR"
              + " --backbone NAME FILE.safetensors");
    }
    return found.get(0) + Backbone.SEPARATOR;
  }

  @Override
  public Taken into(ComputationGraph graph, String prefix, Backbone backbone)
      throws WeightsException {
    ComputationGraph source = read(backbone);
    String from = prefixIn(source, backbone);
    Map<String, Parameter> given = new LinkedHashMap<>();
    fitting(backbone, () -> Parameter.of(source, from)).forEach(p -> given.put(p.key(), p));
    List<Parameter> parameters = Parameter.of(graph, prefix);
    List<String> problems = new ArrayList<>();
    for (Parameter parameter : parameters) {
      Parameter found = given.get(parameter.key());
      if (found == null) {
        problems.add(parameter.key() + ": missing; is that backbone cut shorter?");
      } else if (!Arrays.equals(found.shape(), parameter.shape())) {
        problems.add(Problems.shape(parameter.key(), parameter.shape(), found.shape()));
      } else if (!allowNonFinite && !found.isFinite()) {
        problems.add(
            parameter.key()
                + ": holds NaN or infinite values; if that is meant, say"
                + " weights: {file: ..., allowNonFinite: true}");
      }
    }
    if (!problems.isEmpty()) {
      throw new WeightsException(file, Problems.list("does not fit " + backbone.name(), problems));
    }
    for (Parameter parameter : parameters) {
      parameter.view().assign(given.remove(parameter.key()).view());
    }
    return new Taken(format.words, List.copyOf(given.keySet()));
  }
}
