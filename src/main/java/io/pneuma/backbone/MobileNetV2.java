package io.pneuma.backbone;

import io.pneuma.backbone.Blocks.Conv;
import java.util.ArrayList;
import java.util.List;

/**
 * MobileNetV2 1.0 as Gluon's model zoo publishes it: Sandler et al., "MobileNetV2: Inverted
 * Residuals and Linear Bottlenecks" (2018), 1280 features. Unlike torchvision's, its first
 * bottleneck keeps a 1 x 1 expansion, from 32 channels to 32. A stage is named by the last module
 * of it that has parameters.
 */
public final class MobileNetV2 extends Backbone {
  private static final int STEM_CHANNELS = 32;
  private static final int FEATURES = 1280;

  /** Bottlenecks side by side: how much they widen inside, output channels, number, stride. */
  private record Group(int expansion, int channels, int bottlenecks, int stride) {}

  private static final List<Group> GROUPS =
      List.of(
          new Group(1, 16, 1, 1),
          new Group(6, 24, 2, 2),
          new Group(6, 32, 3, 2),
          new Group(6, 64, 4, 2),
          new Group(6, 96, 3, 1),
          new Group(6, 160, 3, 2),
          new Group(6, 320, 1, 1));

  @Override
  public String name() {
    return "mobilenetv2";
  }

  @Override
  List<Stage> parts(int imageSize) {
    List<Stage> stages = new ArrayList<>();
    stages.add(
        new Stage(
            "stem",
            (blocks, input) ->
                blocks.convNormRelu6(
                    "features.conv0", "features.batchnorm0", input, Conv.of(STEM_CHANNELS, 3, 2))));
    int channels = STEM_CHANNELS;
    int index = 0;
    for (Group group : GROUPS) {
      int inputChannels = channels;
      int first = index;
      channels = group.channels;
      index += group.bottlenecks;
      stages.add(
          new Stage(
              "linearbottleneck" + (index - 1),
              (blocks, input) -> bottlenecks(blocks, first, input, inputChannels, group)));
    }
    stages.add(
        new Stage(
            "conv1",
            (blocks, input) ->
                blocks.convNormRelu6(
                    "features.conv1", "features.batchnorm1", input, Conv.of(FEATURES, 1, 1))));
    return stages;
  }

  private static String bottlenecks(
      Blocks blocks, int first, String input, int inputChannels, Group group) {
    String last = bottleneck(blocks, first, input, inputChannels, group, group.stride);
    for (int i = 1; i < group.bottlenecks; i++) {
      String residual = bottleneck(blocks, first + i, last, group.channels, group, 1);
      last = blocks.add(name(first + i) + ".add", residual, last);
    }
    return last;
  }

  /** Widens by 1 x 1, filters each channel by 3 x 3, narrows by 1 x 1 without an activation. */
  private static String bottleneck(
      Blocks blocks, int index, String input, int inputChannels, Group group, int stride) {
    String name = name(index);
    String wide =
        blocks.convNormRelu6(
            name + ".conv0",
            name + ".batchnorm0",
            input,
            Conv.of(inputChannels * group.expansion, 1, 1));
    String filtered =
        blocks.depthwiseNormRelu6(name + ".conv1", name + ".batchnorm1", wide, stride);
    return blocks.convNorm(
        name + ".conv2", name + ".batchnorm2", filtered, Conv.of(group.channels, 1, 1));
  }

  private static String name(int bottleneck) {
    return "features.linearbottleneck" + bottleneck;
  }

  @Override
  String classifier(Blocks blocks, String featureMaps, String features, int classes) {
    String scores = blocks.convolution("output.pred", featureMaps, Conv.of(classes, 1, 1));
    return blocks.globalAverage("output", scores);
  }

  @Override
  String classifierKey() {
    return "output";
  }
}
