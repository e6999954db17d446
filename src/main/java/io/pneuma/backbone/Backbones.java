package io.pneuma.backbone;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** The backbones that recipes can name. */
public final class Backbones {
  private static final List<Supplier<Backbone>> ALL =
      List.of(
          ResNet18::new,
          ResNet50::new,
          ResNet152::new,
          DenseNet121::new,
          SqueezeNet11::new,
          MobileNetV2::new,
          ResNet50V2::new,
          ResNet56Cifar::new,
          EfficientNetB0::new,
          ConvNextTiny::new,
          VisionTransformer::b16,
          VisionTransformer::s16,
          VisionTransformer::dinov2b14,
          VisionTransformer::dinov2s14,
          VisionTransformer::radDino,
          ZooBackbone::vgg16,
          ZooBackbone::resNet50,
          ZooBackbone::xception,
          ZooBackbone::squeezeNet);

  private Backbones() {}

  /** A new instance of every backbone. */
  public static List<Backbone> all() {
    return ALL.stream().map(Supplier::get).toList();
  }

  /**
   * The backbone of that name.
   *
   * @throws IllegalArgumentException when there is none, listing those known
   */
  public static Backbone named(String name) {
    return all().stream()
        .filter(backbone -> backbone.name().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "no backbone " + name + "; known: " + String.join(", ", stages().keySet())));
  }

  /** The stages of each backbone by its name, in the order of the registry. */
  public static Map<String, List<String>> stages() {
    Map<String, List<String>> stages = new LinkedHashMap<>();
    all().forEach(backbone -> stages.put(backbone.name(), backbone.stages()));
    return stages;
  }
}
