package io.pneuma.backprop;

import io.pneuma.computation.GraphReader;
import io.pneuma.computation.Network;
import io.pneuma.computation.Shape;
import io.pneuma.computation.Step;
import io.pneuma.computation.UnsupportedLayerException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.deeplearning4j.nn.graph.ComputationGraph;

/**
 * A backbone in two: what no learning layer has a part in, and the rest.
 *
 * @param frozen computed as at inference; empty for nothing
 * @param learning its input is the output of the frozen part, or the images
 */
record SplitBackbone(Optional<Network> frozen, Network learning) {
  static SplitBackbone of(ComputationGraph graph, Network whole) {
    List<Step> frozen = new ArrayList<>();
    List<Step> learning = new ArrayList<>();
    Set<String> still = new HashSet<>(Set.of(whole.input()));
    for (Step step : whole.steps()) {
      String vertex = GraphReader.vertex(step);
      boolean learns = LayerArrays.learns(graph, vertex);
      if (!learns && still.containsAll(step.inputs())) {
        frozen.add(step);
        still.add(step.output());
      } else if (!learns
          && graph.getVertex(vertex).getLayer() != null
          && graph.getVertex(vertex).getLayer().numParams() > 0) {
        // Deeplearning4j would send no gradient through it.
        throw new UnsupportedLayerException(vertex, "frozen behind a layer that learns");
      } else {
        learning.add(step);
      }
    }
    learning.forEach(PlainSteps::require);
    Set<String> seam = new HashSet<>();
    learning.forEach(step -> seam.addAll(step.inputs()));
    seam.retainAll(still);
    if (learning.isEmpty()) {
      seam.add(whole.output());
    }
    if (seam.size() != 1) {
      throw new UnsupportedLayerException(seam.toString(), "more than one frozen input");
    }
    String input = seam.iterator().next();
    Shape shape = whole.shapes().get(input);
    Network rest = new Network(input, shape, learning, whole.output());
    return input.equals(whole.input())
        ? new SplitBackbone(Optional.empty(), rest)
        : new SplitBackbone(
            Optional.of(new Network(whole.input(), whole.image(), frozen, input)), rest);
  }
}
