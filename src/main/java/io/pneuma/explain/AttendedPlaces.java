package io.pneuma.explain;

import io.pneuma.attention.SelfAttention;
import io.pneuma.network.FusionNetwork;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.ops.transforms.Transforms;

/** How much each place of joined maps passes on through self-attention over places. */
final class AttendedPlaces {
  private static final String SLOPES = "slopes";

  private final AttentionDefinition definition;
  private final String weights;

  private AttendedPlaces(Layer layer) {
    definition = AttentionDefinition.of(layer);
    weights = definition.last("softmax");
    long channels = ((SelfAttention) layer.conf().getLayer()).getChannels();
    SDVariable slopes = definition.graph().placeHolder(SLOPES, DataType.FLOAT, -1, channels);
    definition.graph().setLossVariables(definition.output().mul(slopes).sum("loss").name());
  }

  /** Of a network that has such an attention. */
  static Optional<AttendedPlaces> of(ComputationGraph network) {
    return FusionNetwork.attention(network)
        .filter(
            layer ->
                layer.conf().getLayer() instanceof SelfAttention kind && kind.getPositions() > 1)
        .map(AttendedPlaces::new);
  }

  /**
   * The rollout of one attention, summed over the places that read: the mean over heads of max(0,
   * dL/dA A). What each place passes to itself beside it is the same for all, and left out.
   *
   * @param fused what comes in
   * @param slopes of the log odds with respect to what comes out
   */
  Heatmap of(float[] fused, float[] slopes) {
    Map<String, INDArray> inputs =
        Map.of(
            AttentionDefinition.INPUT,
            Nd4j.createFromArray(new float[][] {fused}),
            SLOPES,
            Nd4j.createFromArray(new float[][] {slopes}));
    var found =
        definition.graph().calculateGradientsAndOutputs(inputs, List.of(weights), List.of(weights));
    INDArray attended = found.getOutputs().get(weights); // 1 x heads x places x places
    INDArray passed =
        Transforms.relu(attended.mul(found.getGradients().get(weights)), false).mean(0, 1).sum(0);
    float[] values = passed.dup('c').data().asFloat();
    int side = (int) Math.round(Math.sqrt(values.length));
    return new Heatmap(side, side, values);
  }
}
