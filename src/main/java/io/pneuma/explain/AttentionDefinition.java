package io.pneuma.explain;

import io.pneuma.attention.AttentionLayer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.api.Layer;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.internal.SameDiffOp;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * An attention's own definition with the parameters that it has now.
 *
 * @param graph from {@value #INPUT}, B x features
 * @param output what comes out, B x C
 */
record AttentionDefinition(SameDiff graph, SDVariable output) {
  /** The name of what comes in. */
  static final String INPUT = "fused";

  static AttentionDefinition of(Layer layer) {
    AttentionLayer kind = (AttentionLayer) layer.conf().getLayer();
    SameDiff graph = SameDiff.create();
    SDVariable input = graph.placeHolder(INPUT, DataType.FLOAT, -1, kind.inputs());
    Map<String, SDVariable> parameters = new HashMap<>();
    layer.paramTable().forEach((name, array) -> parameters.put(name, graph.var(name, array)));
    return new AttentionDefinition(graph, kind.defineLayer(graph, input, parameters, null));
  }

  /** The variable that the last operation of a kind makes. */
  String last(String operation) {
    return graph.getOps().values().stream()
        .filter(each -> each.getOp().opName().equals(operation))
        .map(SameDiffOp::getOutputsOfOp)
        .map(List::iterator)
        .reduce((first, last) -> last)
        .orElseThrow(() -> new IllegalStateException("an attention without " + operation))
        .next();
  }
}
