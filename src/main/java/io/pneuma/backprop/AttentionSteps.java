package io.pneuma.backprop;

import io.pneuma.attention.AttentionLayer;
import io.pneuma.attention.EfficientChannelAttention;
import io.pneuma.attention.SelfAttention;
import io.pneuma.attention.SqueezeExcitation;
import io.pneuma.backprop.AttentionStep.Ends;
import io.pneuma.inference.UnsupportedLayerException;
import java.util.Map;
import java.util.function.Function;
import java.util.function.IntFunction;

/**
 * The attentions that are written out here; others are computed by the operations of their own
 * definition, or, where one of these is not known, by Deeplearning4j's layers.
 */
final class AttentionSteps {
  private static final Map<Class<? extends AttentionLayer>, Function<Context, AttentionStep>> ALL =
      Map.of(
          SqueezeExcitation.class,
          SqueezeExcitationStep::new,
          EfficientChannelAttention.class,
          EfficientChannelAttentionStep::new,
          SelfAttention.class,
          SelfAttentionStep::new);

  private AttentionSteps() {}

  /**
   * What an attention is given.
   *
   * @param parameters by their names in the layer
   * @param rooms makes room for the largest batch of so many columns
   */
  record Context(
      AttentionLayer layer,
      Threads threads,
      Ends ends,
      Function<String, Parameter> parameters,
      IntFunction<Matrix> rooms) {
    Parameter parameter(String name) {
      return parameters.apply(name);
    }

    Matrix room(int columns) {
      return rooms.apply(columns);
    }
  }

  /**
   * Refuses an attention that cannot be computed here.
   *
   * @throws UnsupportedLayerException when its definition has an operation that is not known here,
   *     naming it
   */
  static void require(String vertex, AttentionLayer layer) {
    if (!ALL.containsKey(layer.getClass())) {
      SameDiffStep.read(vertex, layer);
    }
  }

  static AttentionStep create(Context context) {
    return ALL.getOrDefault(context.layer().getClass(), SameDiffStep::new).apply(context);
  }
}
