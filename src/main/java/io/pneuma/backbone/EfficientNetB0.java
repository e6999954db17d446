package io.pneuma.backbone;

import io.pneuma.backbone.Blocks.Conv;
import java.util.ArrayList;
import java.util.List;

/**
 * torchvision's {@code efficientnet_b0}: Tan and Le, "EfficientNet: Rethinking Model Scaling for
 * Convolutional Neural Networks" (2019), table 1, 1280 features.
 */
public final class EfficientNetB0 extends Backbone {
  private static final int STEM_CHANNELS = 32;
  private static final int FEATURES = 1280;

  /** Bottlenecks side by side: how much they widen, kernel, output channels, number, stride. */
  private record Group(int expansion, int kernel, int channels, int bottlenecks, int stride) {}

  private static final List<Group> GROUPS =
      List.of(
          new Group(1, 3, 16, 1, 1),
          new Group(6, 3, 24, 2, 2),
          new Group(6, 5, 40, 2, 2),
          new Group(6, 3, 80, 3, 2),
          new Group(6, 5, 112, 3, 1),
          new Group(6, 5, 192, 4, 2),
          new Group(6, 3, 320, 1, 1));

  @Override
  public String name() {
    return "efficientnet_b0";
  }

  @Override
  List<Stage> parts(int imageSize) {
    List<Stage> stages = new ArrayList<>();
    stages.add(stage(0, (blocks, input) -> conv(blocks, "features.0", input, STEM_CHANNELS, 3, 2)));
    int channels = STEM_CHANNELS;
    for (Group group : GROUPS) {
      int index = stages.size();
      int inputs = channels;
      stages.add(stage(index, (blocks, input) -> group(blocks, index, input, inputs, group)));
      channels = group.channels;
    }
    int last = stages.size();
    stages.add(
        stage(last, (blocks, input) -> conv(blocks, "features." + last, input, FEATURES, 1, 1)));
    return stages;
  }

  private static Stage stage(int index, Stage.Builder builder) {
    return new Stage("features." + index, builder);
  }

  private static String conv(
      Blocks blocks, String name, String input, int channels, int kernel, int stride) {
    Conv conv = Conv.of(channels, kernel, stride);
    return blocks.swish(name + ".1", blocks.convNorm(name + ".0", name + ".1", input, conv));
  }

  private static String group(Blocks blocks, int index, String input, int inputs, Group group) {
    String last = input;
    for (int i = 0; i < group.bottlenecks; i++) {
      String name = "features." + index + "." + i;
      String made =
          bottleneck(
              blocks,
              name + ".block.",
              last,
              i == 0 ? inputs : group.channels,
              group,
              i == 0 ? group.stride : 1);
      boolean residual = i > 0 || (group.stride == 1 && inputs == group.channels);
      last = residual ? blocks.add(name + ".add", made, last) : made;
    }
    return last;
  }

  /** Widens by 1 x 1, filters each channel, gates it, narrows by 1 x 1 without an activation. */
  private static String bottleneck(
      Blocks blocks, String name, String input, int inputs, Group group, int stride) {
    int part = 0;
    int width = inputs * group.expansion;
    String wide = input;
    if (group.expansion > 1) {
      wide = conv(blocks, name + part++, input, width, 1, 1);
    }
    String filter = name + part++;
    String filtered =
        blocks.swish(
            filter + ".1",
            blocks.norm(
                filter + ".1", blocks.depthwise(filter + ".0", wide, group.kernel, stride, false)));
    String squeeze = name + part++;
    String gated =
        blocks.gate(squeeze + ".fc1", squeeze + ".fc2", filtered, Math.max(1, inputs / 4), width);
    String narrow = name + part;
    return blocks.convNorm(narrow + ".0", narrow + ".1", gated, Conv.of(group.channels, 1, 1));
  }

  @Override
  String classifier(Blocks blocks, String featureMaps, String features, int classes) {
    return blocks.dense("classifier.1", features, classes);
  }

  @Override
  String classifierKey() {
    return "classifier";
  }
}
