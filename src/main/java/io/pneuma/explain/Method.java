package io.pneuma.explain;

import io.pneuma.backprop.FeatureMaps.Maps;
import io.pneuma.evaluation.CheckedMaps;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/**
 * How feature maps A (C x H x W) and the gradients G of the log odds with respect to them become
 * one map. Grad-CAM and HiResCAM differ where G is not the same at all places, which it is where a
 * backbone's maps are averaged.
 */
public enum Method {
  /** sum_c G_c A_c, element by element (Draelos and Carin, 2020, equation 3). */
  HIRESCAM {
    @Override
    float value(Maps maps, int channel, int place, float meanGradient) {
      int at = channel * maps.shape().pixels() + place;
      return maps.gradients()[at] * maps.values()[at];
    }
  },

  /** sum_c mean(G_c) A_c (Selvaraju et al., ICCV 2017, equations 1 and 2). */
  GRADCAM {
    @Override
    float value(Maps maps, int channel, int place, float meanGradient) {
      return meanGradient * maps.values()[channel * maps.shape().pixels() + place];
    }
  },

  /** sum_c max(0, G_c) A_c, element by element (Jiang et al., IEEE TIP 2021, equations 5 to 7). */
  LAYERCAM {
    @Override
    float value(Maps maps, int channel, int place, float meanGradient) {
      int at = channel * maps.shape().pixels() + place;
      return Math.max(0, maps.gradients()[at]) * maps.values()[at];
    }
  },

  /**
   * Attention rollout with gradients (Chefer et al., ICCV 2021, equations 5 and 6), of transformers
   * and of self-attention on maps. It tells places alone, and is scaled to what a backbone gives to
   * the log odds.
   */
  ROLLOUT {
    @Override
    float value(Maps maps, int channel, int place, float meanGradient) {
      return HIRESCAM.value(maps, channel, place, meanGradient);
    }
  };

  /** The one that reports show. */
  public static final Method DEFAULT = of(CheckedMaps.SHOWN).orElseThrow();

  /** The name on the command line and in files. */
  public String key() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The method of a name. */
  public static Optional<Method> of(String key) {
    return Arrays.stream(values()).filter(method -> method.key().equals(key)).findFirst();
  }

  abstract float value(Maps maps, int channel, int place, float meanGradient);

  /** The map of one backbone, in log odds over the whole image. */
  Heatmap of(Maps maps) {
    int pixels = maps.shape().pixels();
    float[] sum = new float[pixels];
    for (int channel = 0; channel < maps.shape().channels(); channel++) {
      double gradient = 0;
      for (int place = 0; place < pixels; place++) {
        gradient += maps.gradients()[channel * pixels + place];
      }
      for (int place = 0; place < pixels; place++) {
        sum[place] += pixels * value(maps, channel, place, (float) (gradient / pixels));
      }
    }
    return new Heatmap(maps.shape().height(), maps.shape().width(), sum);
  }
}
