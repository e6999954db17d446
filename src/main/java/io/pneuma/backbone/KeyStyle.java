package io.pneuma.backbone;

import io.pneuma.weights.WeightsException;
import io.pneuma.weights.WeightsFile;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
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
      List.of(
          torchxrayvision(),
          gluon(),
          akamaster(),
          torchvisionTransformer(),
          timmTransformer(),
          huggingFaceTransformer(),
          torchvision());

  /** What PyTorch's DataParallel puts before each key. */
  private static final String PARALLEL = "module.";

  static final String COUNTER = "num_batches_tracked";

  /** Keys that name the parts of one parameter, whose first dimension they share, in order. */
  private static final List<String> PARTS = List.of(".query.", ".key.", ".value.");

  private static final int NO_PART = -1;

  /** torchvision's; timm names its ported ResNets and DenseNets the same. */
  private static KeyStyle torchvision() {
    return new KeyStyle(
        "torchvision",
        shapes -> true,
        key -> undotted(key).replace(".layer_scale", ".scale.weight"),
        Optional.empty(),
        Set.of(COUNTER));
  }

  /** torchvision's vision transformers, as their files and as its later code call things. */
  private static KeyStyle torchvisionTransformer() {
    Map<String, String> names = new LinkedHashMap<>();
    names.put("^conv_proj\\.", "patches.");
    names.put("^class_token$", "tokens.token");
    names.put("^encoder\\.pos_embedding$", "tokens.positions");
    names.put("^encoder\\.ln\\.", "norm.");
    names.put("^heads\\.head\\.", "head.");
    names.put("^encoder\\.layers\\.encoder_layer_", "blocks.");
    names.put("\\.ln_([12])\\.", ".norm$1.");
    names.put("\\.self_attention\\.in_proj_", ".attn.qkv.");
    names.put("\\.self_attention\\.out_proj\\.", ".attn.proj.");
    names.put("\\.mlp\\.(0|linear_1)\\.", ".mlp.fc1.");
    names.put("\\.mlp\\.(3|linear_2)\\.", ".mlp.fc2.");
    return new KeyStyle(
        "torchvision",
        shapes -> shapes.containsKey("class_token"),
        key -> renamed(key, names),
        Optional.empty(),
        Set.of());
  }

  /** timm's vision transformers, which DINO and DINOv2 name the same. */
  private static KeyStyle timmTransformer() {
    Map<String, String> names = new LinkedHashMap<>();
    names.put("^patch_embed\\.proj\\.", "patches.");
    names.put("^cls_token$", "tokens.token");
    names.put("^pos_embed$", "tokens.positions");
    names.put("\\.ls([12])\\.gamma$", ".ls$1.weight");
    return new KeyStyle(
        "timm",
        shapes -> shapes.containsKey("cls_token"),
        key -> renamed(key, names),
        Optional.empty(),
        Set.of("mask_token"));
  }

  /** Hugging Face's ViT and Dinov2, alone or within a model of theirs. */
  private static KeyStyle huggingFaceTransformer() {
    Map<String, String> names = new LinkedHashMap<>();
    names.put("^(vit|dinov2)\\.", "");
    names.put("^embeddings\\.patch_embeddings\\.projection\\.", "patches.");
    names.put("^embeddings\\.cls_token$", "tokens.token");
    names.put("^embeddings\\.position_embeddings$", "tokens.positions");
    names.put("^layernorm\\.", "norm.");
    names.put("^encoder\\.layer\\.", "blocks.");
    names.put("\\.layernorm_before\\.", ".norm1.");
    names.put("\\.layernorm_after\\.", ".norm2.");
    names.put("\\.attention\\.attention\\.(query|key|value)\\.", ".attn.qkv.");
    names.put("\\.attention\\.output\\.dense\\.", ".attn.proj.");
    names.put("\\.intermediate\\.dense\\.", ".mlp.fc1.");
    names.put("(\\d)\\.output\\.dense\\.", "$1.mlp.fc2.");
    names.put("\\.layer_scale([12])\\.lambda1$", ".ls$1.weight");
    names.put("^(classifier|pooler\\.dense)\\.", "head.");
    return new KeyStyle(
        "Hugging Face",
        shapes -> shapes.keySet().stream().anyMatch(key -> key.endsWith("embeddings.cls_token")),
        key -> renamed(key, names),
        Optional.empty(),
        Set.of("mask_token"));
  }

  private static String renamed(String key, Map<String, String> names) {
    String renamed = key;
    for (Map.Entry<String, String> name : names.entrySet()) {
      renamed = renamed.replaceFirst(name.getKey(), name.getValue());
    }
    return renamed;
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
   * The file's keys by the backbone's own names for them: one, or the parts of one in order.
   *
   * @param problems where keys that name the same parameter are told
   */
  Map<String, List<String>> canonical(Set<String> keys, List<String> problems) {
    Map<String, List<String>> byName = new LinkedHashMap<>();
    for (String key : keys) {
      byName.computeIfAbsent(translation.apply(key), name -> new ArrayList<>()).add(key);
    }
    byName.forEach(
        (name, all) -> {
          all.sort(Comparator.comparingInt(KeyStyle::part));
          boolean parts =
              all.size() == PARTS.size()
                  && all.stream().map(KeyStyle::part).distinct().count() == 3;
          boolean whole = all.size() == 1 && part(all.get(0)) == NO_PART;
          if (!parts && !whole) {
            problems.add(
                all.size() == 1
                    ? all.get(0) + ": the other two of query, key and value are missing"
                    : String.join(", ", all) + ": name the same parameter, " + name);
          }
        });
    return byName;
  }

  private static int part(String key) {
    for (int i = 0; i < PARTS.size(); i++) {
      if (key.contains(PARTS.get(i))) {
        return i;
      }
    }
    return NO_PART;
  }

  boolean isSpare(String key) {
    return spares.contains(key.substring(key.lastIndexOf('.') + 1));
  }
}
