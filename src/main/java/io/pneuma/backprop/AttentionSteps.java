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

/** The attentions that are written out here; others train by Deeplearning4j's layers. */
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

  static boolean has(AttentionLayer layer) {
    return ALL.containsKey(layer.getClass());
  }

  static AttentionStep create(Context context) {
    Function<Context, AttentionStep> factory = ALL.get(context.layer().getClass());
    if (factory == null) {
      throw new UnsupportedLayerException(context.layer().getLayerName(), context.layer());
    }
    return factory.apply(context);
  }
}
