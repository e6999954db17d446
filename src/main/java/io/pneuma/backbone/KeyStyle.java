package io.pneuma.backbone;

import io.pneuma.weights.WeightsException;
import io.pneuma.weights.WeightsFile;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

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

  /** Tells by the shape of each key. */
  @FunctionalInterface
  interface Recognition {
    boolean matches(Map<String, long[]> shapes);
  }

  /** In the order in which they are tried; the last takes what no other does. */
  private static final List<KeyStyle> ALL =
      List.of(torchxrayvision(), gluon(), akamaster(), torchvision());

  /** What PyTorch's DataParallel puts before each key. */
  private static final String PARALLEL = "module.";

  static final String COUNTER = "num_batches_tracked";

  /** torchvision's; timm names its ported ResNets and DenseNets the same. */
  private static KeyStyle torchvision() {
    return new KeyStyle(
        "torchvision", shapes -> true, KeyStyle::undotted, Optional.empty(), Set.of(COUNTER));
  }

  /** The published DenseNet files are older than torchvision's names: norm.1 for norm1. */
  private static String undotted(String key) {
    return key.replaceFirst("(denselayer\\d+\\.(?:norm|conv))\\.(\\d)\\.", "$1$2.");
  }

  /** torchxrayvision's DenseNets: torchvision's keys, one grey channel. */
  private static KeyStyle torchxrayvision() {
    return new KeyStyle(
        "torchxrayvision",
        shapes -> {
          long[] first = shapes.getOrDefault("features.conv0.weight", new long[0]);
          return Arrays.equals(first, new long[] {64, 1, 7, 7});
        },
        KeyStyle::undotted,
        Optional.of(Colours.XRAY_1024),
        Set.of(COUNTER, "op_threshs"));
  }

  /** Gluon's: a network's name and number, then a path joined by underscores. */
  private static KeyStyle gluon() {
    Pattern form =
        Pattern.compile(
            "[a-z][a-z0-9]*_([a-z0-9_]+)_(weight|bias|gamma|beta|running_mean|running_var)");
    Map<String, String> renamed = Map.of("gamma", "weight", "beta", "bias");
    return new KeyStyle(
        "gluon",
        shapes ->
            !shapes.isEmpty()
                && shapes.keySet().stream().allMatch(key -> form.matcher(key).matches()),
        key -> {
          Matcher parts = form.matcher(key);
          if (!parts.matches()) {
            return key;
          }
          String last = parts.group(2);
          return parts.group(1).replace('_', '.') + "." + renamed.getOrDefault(last, last);
        },
        Optional.empty(),
        Set.of());
  }

  /** akamaster's networks for CIFAR-10. */
  private static KeyStyle akamaster() {
    return new KeyStyle(
        "akamaster",
        shapes -> shapes.keySet().containsAll(List.of("layer1.0.conv1.weight", "linear.weight")),
        UnaryOperator.identity(),
        Optional.empty(),
        Set.of(COUNTER));
  }

  /** The style of a file's keys. */
  static KeyStyle of(WeightsFile file) throws WeightsException {
    Set<String> keys = file.keys();
    boolean parallel = keys.stream().allMatch(key -> key.startsWith(PARALLEL));
    Map<String, long[]> shapes = new LinkedHashMap<>();
    for (String key : keys) {
      String plain = parallel ? key.substring(PARALLEL.length()) : key;
      shapes.put(plain, file.tensor(key).shape());
    }
    for (KeyStyle style : ALL) {
      if (style.recognition.matches(shapes)) {
        return parallel ? style.parallel() : style;
      }
    }
    throw new IllegalStateException("the last style takes every file");
  }

  private KeyStyle parallel() {
    UnaryOperator<String> plain = key -> translation.apply(key.substring(PARALLEL.length()));
    return new KeyStyle(name, recognition, plain, colours, spares);
  }

  /**
   * The file's keys by the backbone's own names for them.
   *
   * @param problems where keys that name the same parameter are told
   */
  Map<String, String> canonical(Set<String> keys, List<String> problems) {
    Map<String, String> byName = new LinkedHashMap<>();
    for (String key : keys) {
      String twin = byName.put(translation.apply(key), key);
      if (twin != null) {
        problems.add(key + ": names the same parameter as " + twin);
      }
    }
    return byName;
  }

  boolean isSpare(String key) {
    return spares.contains(key.substring(key.lastIndexOf('.') + 1));
  }
}
