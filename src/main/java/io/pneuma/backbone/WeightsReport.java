package io.pneuma.backbone;

import io.pneuma.weights.Tensor;
import io.pneuma.weights.WeightsException;
import io.pneuma.weights.WeightsFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration.GraphBuilder;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.nd4j.linalg.learning.config.NoOp;

/**
 * What a file of named tensors holds, and which backbones of the registry can take it.
 *
 * @param format of the file, in words
 * @param keyStyle whose names its keys are, such as {@code torchvision}
 * @param tensors in the file's order
 * @param fits each backbone that takes the file; empty where none does
 */
public record WeightsReport(String format, String keyStyle, List<Tensor> tensors, List<Fit> fits) {
  private static final int SIZE = 224;

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
   * @throws WeightsException when it cannot be read, breaks its format's rules, or is a whole graph
   */
  public static WeightsReport of(Path file) throws WeightsException {
    if (GraphWeights.isGraph(file)) {
      throw new WeightsException(
          file,
          "is a graph that Deeplearning4j saved, not a file of named tensors; to have one backbone"
              + " of it as such: ./run.sh weights export --run DIR --backbone NAME FILE");
    }
    try (WeightsFile weights = WeightsFile.open(file)) {
      KeyStyle style = KeyStyle.of(weights);
      List<Tensor> tensors = new ArrayList<>();
      for (String key : weights.keys()) {
        tensors.add(weights.tensor(key));
      }
      return new WeightsReport(
          weights.format(), style.name(), List.copyOf(tensors), fits(weights, style));
    }
  }

  static List<Fit> fits(WeightsFile weights, KeyStyle style) throws WeightsException {
    List<String> twins = new ArrayList<>();
    Map<String, String> keys = style.canonical(weights.keys(), twins);
    List<Fit> fits = new ArrayList<>();
    for (Backbone backbone : twins.isEmpty() ? Backbones.all() : List.<Backbone>of()) {
      style.colours().ifPresent(backbone::colours);
      Set<String> foreign = new TreeSet<>(keys.keySet());
      foreign.removeAll(Parameter.keys(backbone.published()));
      foreign.removeIf(style::isSpare);
      List<String> stages = backbone.stages();
      for (int last = foreign.isEmpty() ? stages.size() - 1 : -1; last >= 0; last--) {
        Map<String, long[]> shapes = shapes(backbone, stages.get(last));
        if (holds(weights, keys, shapes)) {
          Set<String> unused = new TreeSet<>(weights.keys());
          shapes.keySet().forEach(key -> unused.remove(keys.get(key)));
          boolean whole = last == stages.size() - 1;
          fits.add(new Fit(backbone.name(), stages.get(last), whole, List.copyOf(unused)));
          break;
        }
      }
    }
    return List.copyOf(fits);
  }

  private static Map<String, long[]> shapes(Backbone backbone, String cut) {
    GraphBuilder graph = Backbone.graph(new NoOp(), 1).addInputs("image");
    graph.setOutputs(backbone.addTo(graph, "", "image", SIZE, cut, ""));
    graph.setInputTypes(InputType.convolutional(SIZE, SIZE, 3));
    return Parameter.shapes(graph.build());
  }

  private static boolean holds(
      WeightsFile weights, Map<String, String> keys, Map<String, long[]> shapes)
      throws WeightsException {
    for (Map.Entry<String, long[]> parameter : shapes.entrySet()) {
      String key = keys.get(parameter.getKey());
      if (key == null || !Arrays.equals(weights.tensor(key).shape(), parameter.getValue())) {
        return false;
      }
    }
    return true;
  }
}
