package io.pneuma.backbone;

import io.pneuma.weights.WeightsException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipFile;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.util.ModelSerializer;

/**
 * A graph that Deeplearning4j has saved, such as a run's {@code model.zip}: it gives the backbone
 * of the same name in it.
 */
final class GraphWeights implements Pretrained {
  private final Path file;
  private final boolean allowNonFinite;

  GraphWeights(Path file, boolean allowNonFinite) {
    this.file = file;
    this.allowNonFinite = allowNonFinite;
  }

  static boolean isGraph(Path file) {
    if (!Files.isRegularFile(file)) {
      return false;
    }
    try (ZipFile zip = new ZipFile(file.toFile())) {
      return zip.getEntry(ModelSerializer.CONFIGURATION_JSON) != null;
    } catch (IOException e) {
      return false; // No zip file, or a broken one: the readers of tensors will say which.
    }
  }

  private ComputationGraph read() throws WeightsException {
    try {
      return ModelSerializer.restoreComputationGraph(file.toFile(), false);
    } catch (IOException | RuntimeException e) {
      throw new WeightsException(
          file, "holds no graph that Deeplearning4j can read: " + e.getMessage(), e);
    }
  }

  @Override
  public Backbone fit(Backbone backbone) throws WeightsException {
    ComputationGraph source = read();
    backbone.colours(Colours.of(source.getLayer(Backbone.coloursOf(prefixIn(source, backbone)))));
    return backbone;
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
    ComputationGraph source = read();
    Map<String, Parameter> given = new LinkedHashMap<>();
    Parameter.of(source, prefixIn(source, backbone)).forEach(p -> given.put(p.key(), p));
    List<Parameter> parameters = Parameter.of(graph, prefix);
    List<String> problems = new ArrayList<>();
    for (Parameter parameter : parameters) {
      Parameter found = given.get(parameter.key());
      if (found == null) {
        problems.add(parameter.key() + ": missing; is that backbone cut shorter?");
      } else if (!Arrays.equals(found.shape(), parameter.shape())) {
        problems.add(
            parameter.key()
                + ": expected shape "
                + Arrays.toString(parameter.shape())
                + ", found "
                + Arrays.toString(found.shape()));
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
    return new Taken("Deeplearning4j graph", List.copyOf(given.keySet()));
  }
}
