package io.pneuma.backbone;

import static java.util.stream.Collectors.joining;

import io.pneuma.weights.Problems;
import io.pneuma.weights.WeightsException;
import io.pneuma.weights.WeightsFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.bytedeco.javacpp.FloatPointer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.concurrency.AffinityManager.Location;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/**
 * A file of named tensors. Every parameter of the backbone must be in the file with its shape. What
 * may be left over is named: the classifier, stages beyond the cut, batch counters.
 */
final class TensorWeights implements Pretrained {
  private final Path file;
  private final boolean allowNonFinite;
  private final KeyStyle style;

  private TensorWeights(Path file, boolean allowNonFinite, KeyStyle style) {
    this.file = file;
    this.allowNonFinite = allowNonFinite;
    this.style = style;
  }

  static TensorWeights open(Path file, boolean allowNonFinite) throws WeightsException {
    try (WeightsFile weights = WeightsFile.open(file)) {
      return new TensorWeights(file, allowNonFinite, KeyStyle.of(weights));
    }
  }

  @Override
  public Backbone fit(Backbone backbone) {
    style.colours().ifPresent(backbone::colours);
    return backbone;
  }

  @Override
  public Taken into(ComputationGraph graph, String prefix, Backbone backbone)
      throws WeightsException {
    try (WeightsFile weights = WeightsFile.open(file)) {
      List<String> problems = new ArrayList<>();
      Map<String, List<String>> keys = style.canonical(weights.keys(), problems);
      List<Parameter> parameters = Parameter.of(graph, prefix);
      for (Parameter parameter : parameters) {
        List<String> names = keys.get(parameter.key());
        if (names == null) {
          problems.add(
              parameter.key() + ": missing, expected shape " + Arrays.toString(parameter.shape()));
        } else {
          Given given = Given.of(weights, names);
          if (!Given.fits(parameter.form(), given.shape())) {
            problems.add(Problems.shape(given.keys(), parameter.shape(), given.shape()));
          }
        }
      }
      List<String> unused = unused(backbone, parameters, keys, problems);
      if (!problems.isEmpty()) {
        throw new WeightsException(
            file,
            Problems.list(
                    "does not fit " + backbone.name() + " by its " + style.name() + " keys",
                    problems)
                + better(weights));
      }
      copy(weights, keys, parameters);
      String scaled = scaled(weights, keys, parameters);
      return new Taken(weights.format() + ", " + style.name() + " keys" + scaled, unused);
    }
  }

  /** Says of which size positions were, where they had to be brought to another. */
  private static String scaled(
      WeightsFile weights, Map<String, List<String>> keys, List<Parameter> parameters)
      throws WeightsException {
    for (Parameter parameter : parameters) {
      if (parameter.form().positions()) {
        int from = Positions.side(Given.of(weights, keys.get(parameter.key())).shape());
        int to = Positions.side(parameter.shape());
        if (from != to) {
          return String.format(", its positions of %1$d x %1$d patches for %2$d x %2$d", from, to);
        }
      }
    }
    return "";
  }

  /** Through one buffer, since a copy of each tensor would be garbage of the model's size. */
  private void copy(WeightsFile weights, Map<String, List<String>> keys, List<Parameter> parameters)
      throws WeightsException {
    int largest = parameters.stream().mapToInt(p -> Math.toIntExact(p.length())).max().orElse(1);
    float[] values = new float[largest];
    for (Parameter parameter : parameters) { // All are read before the first is set.
      copy(weights, keys, parameter, values);
    }
    try (INDArray staged = Nd4j.createUninitialized(DataType.FLOAT, largest)) {
      FloatPointer native32 = (FloatPointer) staged.data().pointer();
      for (Parameter parameter : parameters) {
        copy(weights, keys, parameter, values);
        native32.put(values, 0, (int) parameter.length());
        Nd4j.getAffinityManager().tagLocation(staged, Location.HOST); // A GPU fetches them.
        INDArray given = staged.get(NDArrayIndex.interval(0, parameter.length()));
        parameter.view().assign(given.reshape('c', parameter.view().shape()));
      }
    }
  }

  private void copy(
      WeightsFile weights, Map<String, List<String>> keys, Parameter parameter, float[] values)
      throws WeightsException {
    Given.of(weights, keys.get(parameter.key())).copyTo(values, parameter.form(), allowNonFinite);
  }

  private List<String> unused(
      Backbone backbone,
      List<Parameter> parameters,
      Map<String, List<String>> keys,
      List<String> problems) {
    Map<String, List<String>> rest = new LinkedHashMap<>(keys);
    parameters.forEach(parameter -> rest.remove(parameter.key()));
    Set<String> known = Parameter.keys(backbone.published());
    rest.forEach(
        (canonical, names) -> {
          if (!known.contains(canonical) && !style.isSpare(canonical)) {
            problems.add(String.join(", ", names) + ": not a key of " + backbone.name());
          }
        });
    return rest.values().stream().flatMap(List::stream).sorted().distinct().toList();
  }

  /** What the file is, where it fits a backbone after all. */
  private String better(WeightsFile weights) throws WeightsException {
    List<WeightsReport.Fit> fits = WeightsReport.fits(weights, style);
    return fits.isEmpty()
        ? ""
        : "\nit fits " + fits.stream().map(WeightsReport.Fit::toString).collect(joining(" and "));
  }
}
