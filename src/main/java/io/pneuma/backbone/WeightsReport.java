package io.pneuma.backbone;

import io.pneuma.weights.Tensor;
import io.pneuma.weights.WeightsException;
import io.pneuma.weights.WeightsFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration.GraphBuilder;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.nd4j.linalg.learning.config.NoOp;

/**
 * What a file of weights holds, and which backbones of the registry can take it.
 *
 * @param format of the file, in words
 * @param keyStyle whose names its keys are, such as {@code torchvision}
 * @param tensors in the file's order
 * @param fits each backbone that takes the file; empty where none does
 */
public record WeightsReport(String format, String keyStyle, List<Entry> tensors, List<Fit> fits) {
  private static final int SIZE = 224;

  /**
   * One tensor.
   *
   * @param type of its elements, as its format calls it
   * @param shape in brackets
   * @param finite false where an element is NaN or infinite
   */
  public record Entry(String key, String type, String shape, boolean finite) {}

  /**
   * A backbone that a file fits exactly.
   *
   * @param backbone its name in the registry
   * @param cut its last stage whose parameters, and those of all stages before it, are in the file
   * @param whole whether that is its last stage of all
   * @param unused the keys that are left over up to this cut, such as the classifier's
   */
  public record Fit(String backbone, String cut, boolean whole, List<String> unused) {
    @Override
    public String toString() {
      return whole ? backbone : backbone + " with cut: " + cut;
    }
  }

  /**
   * Looks into a file.
   *
   * @throws WeightsException when it cannot be read, or breaks its format's rules
   */
  public static WeightsReport of(Path file) throws WeightsException {
    Optional<GraphWeights> graph = GraphWeights.in(file, true);
    if (graph.isPresent()) {
      return graph.get().report();
    }
    try (WeightsFile weights = WeightsFile.open(file)) {
      KeyStyle style = KeyStyle.of(weights);
      List<Entry> tensors = new ArrayList<>();
      for (String key : weights.keys()) {
        Tensor tensor = weights.tensor(key);
        String shape = Arrays.toString(tensor.shape());
        tensors.add(new Entry(key, tensor.dtype().toString(), shape, tensor.isFinite()));
      }
      return new WeightsReport(weights.format(), style.name(), tensors, fits(weights, style));
    }
  }

  static List<Fit> fits(WeightsFile weights, KeyStyle style) throws WeightsException {
    List<String> twins = new ArrayList<>();
    Map<String, List<String>> keys = style.canonical(weights.keys(), twins);
    if (!twins.isEmpty()) {
      return List.of();
    }
    Map<String, long[]> shapes = new LinkedHashMap<>();
    for (Map.Entry<String, List<String>> key : keys.entrySet()) {
      shapes.put(key.getKey(), Given.of(weights, key.getValue()).shape());
    }
    List<Fit> fits = new ArrayList<>();
    for (Backbone backbone : Backbones.all()) {
      style.colours().ifPresent(backbone::colours);
      Set<String> foreign = new TreeSet<>(keys.keySet());
      foreign.removeAll(Parameter.keys(backbone.published()));
      foreign.removeIf(style::isSpare);
      if (foreign.isEmpty()) {
        fit(backbone, shapes)
            .map(fit -> new Fit(fit.backbone, fit.cut, fit.whole, own(fit.unused, keys)))
            .ifPresent(fits::add);
      }
    }
    return List.copyOf(fits);
  }

  private static List<String> own(List<String> canonical, Map<String, List<String>> keys) {
    return canonical.stream().map(keys::get).flatMap(List::stream).sorted().toList();
  }

  /** How far a backbone's parameters, by its own names for them, are all there. */
  static Optional<Fit> fit(Backbone backbone, Map<String, long[]> shapes) {
    List<String> stages = backbone.stages();
    for (int last = stages.size() - 1; last >= 0; last--) {
      Map<String, long[]> wanted = shapes(backbone, stages.get(last));
      boolean all =
          wanted.entrySet().stream()
              .allMatch(
                  one -> {
                    long[] shape = shapes.get(one.getKey());
                    return shape != null
                        && Given.fits(Parameter.Form.of(one.getKey(), one.getValue()), shape);
                  });
      if (all) {
        Set<String> unused = new TreeSet<>(shapes.keySet());
        unused.removeAll(wanted.keySet());
        boolean whole = last == stages.size() - 1;
        return Optional.of(new Fit(backbone.name(), stages.get(last), whole, List.copyOf(unused)));
      }
    }
    return Optional.empty();
  }

  private static Map<String, long[]> shapes(Backbone backbone, String cut) {
    GraphBuilder graph = Backbone.graph(new NoOp(), 1).addInputs("image");
    graph.setOutputs(backbone.addTo(graph, "", "image", SIZE, cut, ""));
    graph.setInputTypes(InputType.convolutional(SIZE, SIZE, 3));
    return Parameter.shapes(graph.build());
  }
}
