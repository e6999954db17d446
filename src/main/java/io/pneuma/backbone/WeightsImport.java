package io.pneuma.backbone;

import io.pneuma.weights.SafetensorsFile;
import io.pneuma.weights.WeightsException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.deeplearning4j.nn.graph.ComputationGraph;

/**
 * Puts a file's weights into a backbone. Every parameter of the backbone must be in the file with
 * its shape. What may be left over is named: the classifier, stages beyond the cut, batch counters.
 */
public final class WeightsImport {
  private static final String BATCH_COUNTER = "num_batches_tracked";
  private static final int SHOWN = 10;

  private WeightsImport() {}

  /**
   * Sets every parameter behind {@code prefix} from a safetensors file with torchvision's keys.
   *
   * @throws WeightsException when a key is missing, is left over, or has another shape; nothing has
   *     been set then
   */
  public static void into(ComputationGraph graph, String prefix, Backbone backbone, Path file)
      throws WeightsException {
    List<Parameter> parameters = Parameter.of(graph, prefix);
    try (SafetensorsFile weights = SafetensorsFile.open(file)) {
      List<String> problems = new ArrayList<>();
      Set<String> unused = new TreeSet<>(weights.keys());
      for (Parameter parameter : parameters) {
        if (!unused.remove(parameter.key())) {
          problems.add(parameter.key() + ": missing, expected shape " + show(parameter.shape()));
        } else if (!Arrays.equals(weights.tensor(parameter.key()).shape(), parameter.shape())) {
          problems.add(
              parameter.key()
                  + ": expected shape "
                  + show(parameter.shape())
                  + ", found "
                  + show(weights.tensor(parameter.key()).shape()));
        }
      }
      Set<String> known = Parameter.keys(backbone.published());
      unused.stream()
          .filter(key -> !known.contains(key) && !key.endsWith(BATCH_COUNTER))
          .forEach(key -> problems.add(key + ": not a key of " + backbone.name()));
      if (!problems.isEmpty()) {
        throw new WeightsException(file, message(backbone, problems));
      }
      for (Parameter parameter : parameters) {
        parameter.assign(weights.tensor(parameter.key()).floats(false));
      }
    }
  }

  private static String message(Backbone backbone, List<String> problems) {
    String shown = problems.stream().limit(SHOWN).collect(Collectors.joining("\n  ", "\n  ", ""));
    String more = problems.size() > SHOWN ? "\n  and " + (problems.size() - SHOWN) + " more" : "";
    return "does not fit " + backbone.name() + " with torchvision's keys:" + shown + more;
  }

  private static String show(long[] shape) {
    return Arrays.toString(shape);
  }
}
