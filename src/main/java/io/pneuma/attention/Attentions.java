package io.pneuma.attention;

import io.pneuma.config.Recipe.AttentionSpec;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The attentions that recipes can name. */
public final class Attentions {
  private static final Map<String, Factory> ALL = new LinkedHashMap<>();

  static {
    ALL.put(
        "none",
        (spec, shape) ->
            shape.positions == 1
                ? Optional.empty()
                : Optional.of(new MeanOverPositions(shape.channels, shape.positions)));
    ALL.put(
        "se",
        (spec, shape) ->
            Optional.of(new SqueezeExcitation(shape.channels, shape.positions, spec.reduction())));
    ALL.put(
        "eca",
        (spec, shape) ->
            Optional.of(new EfficientChannelAttention(shape.channels, shape.positions)));
    ALL.put(
        "self",
        (spec, shape) ->
            Optional.of(
                shape.positions == 1
                    ? new SelfAttention(
                        shape.backbones, shape.channels / shape.backbones, spec.heads())
                    : SelfAttention.overPositions(shape.channels, shape.positions, spec.heads())));
  }

  private Attentions() {}

  /**
   * What an attention attends over.
   *
   * @param backbones number of features or maps that were concatenated
   * @param channels their total width C
   * @param positions of the maps; 1 for vectors
   */
  public record Fused(int backbones, int channels, int positions) {}

  /** Makes an attention. */
  @FunctionalInterface
  private interface Factory {
    Optional<AttentionLayer> create(AttentionSpec spec, Fused shape);
  }

  /** All names. */
  public static Set<String> names() {
    return ALL.keySet();
  }

  /** The attention that a recipe asks for; empty for {@code none} on vectors. */
  public static Optional<AttentionLayer> create(AttentionSpec spec, Fused shape) {
    Factory factory = ALL.get(spec.type());
    if (factory == null) {
      throw new IllegalArgumentException(
          "no attention " + spec.type() + "; known: " + String.join(", ", names()));
    }
    return factory.create(spec, shape);
  }
}
