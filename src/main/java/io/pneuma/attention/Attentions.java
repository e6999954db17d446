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
    ALL.put("none", (spec, backbones, channels) -> Optional.empty());
    ALL.put(
        "se",
        (spec, backbones, channels) ->
            Optional.of(new SqueezeExcitation(channels, spec.reduction())));
    ALL.put(
        "eca", (spec, backbones, channels) -> Optional.of(new EfficientChannelAttention(channels)));
    ALL.put(
        "self",
        (spec, backbones, channels) ->
            Optional.of(new SelfAttention(backbones, channels / backbones, spec.heads())));
  }

  private Attentions() {}

  /** Makes an attention for a number of backbones and their fused channels. */
  @FunctionalInterface
  private interface Factory {
    Optional<AttentionLayer> create(AttentionSpec spec, int backbones, int channels);
  }

  /** All names. */
  public static Set<String> names() {
    return ALL.keySet();
  }

  /**
   * The attention that a recipe asks for; empty for {@code none}.
   *
   * @param backbones number of feature vectors that were concatenated
   * @param channels their total width C
   */
  public static Optional<AttentionLayer> create(AttentionSpec spec, int backbones, int channels) {
    Factory factory = ALL.get(spec.type());
    if (factory == null) {
      throw new IllegalArgumentException(
          "no attention " + spec.type() + "; known: " + String.join(", ", names()));
    }
    return factory.create(spec, backbones, channels);
  }
}
