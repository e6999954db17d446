package io.pneuma.backbone;

import io.pneuma.weights.WeightsException;
import io.pneuma.weights.WeightsFile;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;

/**
 * How a publisher names parameters, and what its weights expect of the colours.
 *
 * @param recognition whether a file is in this style
 * @param translation from the file's key to the backbone's own, which is the layer's name and
 *     {@code weight}, {@code bias}, {@code running_mean} or {@code running_var}
 * @param colours where they are other than the backbone's own
 * @param spares last parts of keys that files carry beside parameters and that may be left over
 */
record KeyStyle(
    String name,
    Recognition recognition,
    UnaryOperator<String> translation,
    Optional<Colours> colours,
    Set<String> spares) {

  /** Tells by keys and shapes. */
  @FunctionalInterface
  interface Recognition {
    boolean matches(WeightsFile file) throws WeightsException;
  }

  /** In the order in which they are tried; the last takes what no other does. */
  private static final List<KeyStyle> ALL = List.of(torchvision());

  /** torchvision's; timm names its ported ResNets and DenseNets the same. */
  private static KeyStyle torchvision() {
    return new KeyStyle(
        "torchvision",
        file -> true,
        // The published DenseNet files are older than the names: norm.1 for norm1.
        key -> key.replaceFirst("(denselayer\\d+\\.(?:norm|conv))\\.(\\d)\\.", "$1$2."),
        Optional.empty(),
        Set.of("num_batches_tracked"));
  }

  static KeyStyle of(WeightsFile file) throws WeightsException {
    for (KeyStyle style : ALL) {
      if (style.recognition.matches(file)) {
        return style;
      }
    }
    throw new IllegalStateException("the last style takes every file");
  }

  String canonical(String key) {
    return translation.apply(key);
  }

  boolean isSpare(String key) {
    return spares.contains(key.substring(key.lastIndexOf('.') + 1));
  }
}
