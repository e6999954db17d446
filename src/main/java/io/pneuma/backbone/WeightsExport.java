package io.pneuma.backbone;

import io.pneuma.weights.SafetensorsWriter.FloatTensor;
import java.util.LinkedHashMap;
import java.util.Map;
import org.deeplearning4j.nn.graph.ComputationGraph;

/** Takes a backbone's parameters out of a graph, for other programs. */
public final class WeightsExport {
  private WeightsExport() {}

  /**
   * The parameters under the keys of the backbone's publisher, which are torchvision's where
   * torchvision has the network. The published classifier is not among them, since the graph has a
   * head of its own.
   *
   * @param label the backbone's name, or {@code name-2} for the second of a name in the graph
   */
  public static Map<String, FloatTensor> tensors(ComputationGraph graph, String label) {
    Map<String, FloatTensor> tensors = new LinkedHashMap<>();
    for (Parameter parameter : Parameter.of(graph, Backbone.prefixOf(label))) {
      tensors.put(parameter.key(), new FloatTensor(parameter.shape(), parameter.values()));
    }
    return tensors;
  }
}
