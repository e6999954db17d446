package io.pneuma.backbone;

import io.pneuma.backbone.Blocks.Conv;
import java.util.ArrayList;
import java.util.List;

/**
 * The residual networks of He et al., "Deep Residual Learning for Image Recognition" (2016), as
 * torchvision builds them: the stride of a bottleneck sits on its 3 x 3 convolution.
 */
abstract class ResNet extends Backbone {
  private static final int[] CHANNELS = {64, 128, 256, 512};

  /** Number of residual units in each of the four layers. */
  abstract int[] units();

  /** Adds the convolutions of one unit, without its shortcut. */
  abstract String residual(Blocks blocks, String name, String input, int channels, int stride);

  /** Output channels of a unit, as a multiple of its inner channels. */
  abstract int expansion();

  @Override
  final List<Stage> parts(int imageSize) {
    List<Stage> stages = new ArrayList<>();
    stages.add(
        new Stage(
            "stem",
            (blocks, input) ->
                blocks.maxPool(
                    "maxpool",
                    blocks.convNormRelu("conv1", "bn1", input, Conv.of(64, 7, 2)),
                    3,
                    2,
                    1)));
    for (int i = 0; i < CHANNELS.length; i++) {
      int layer = i;
      String name = "layer" + (i + 1);
      stages.add(new Stage(name, (blocks, input) -> layer(blocks, name, input, layer)));
    }
    return stages;
  }

  private String layer(Blocks blocks, String name, String input, int layer) {
    String last = input;
    for (int unit = 0; unit < units()[layer]; unit++) {
      String unitName = name + "." + unit;
      int stride = layer > 0 && unit == 0 ? 2 : 1;
      String residual = residual(blocks, unitName, last, CHANNELS[layer], stride);
      boolean shapeChanges = unit == 0 && (stride > 1 || expansion() > 1);
      String shortcut =
          shapeChanges
              ? blocks.convNorm(
                  unitName + ".downsample.0",
                  unitName + ".downsample.1",
                  last,
                  Conv.of(CHANNELS[layer] * expansion(), 1, stride))
              : last;
      last = blocks.relu(unitName, blocks.add(unitName + ".add", residual, shortcut));
    }
    return last;
  }

  /** Two 3 x 3 convolutions: the unit of the 18-layer network. */
  static String basic(Blocks blocks, String name, String input, int channels, int stride) {
    String first =
        blocks.convNormRelu(name + ".conv1", name + ".bn1", input, Conv.of(channels, 3, stride));
    return blocks.convNorm(name + ".conv2", name + ".bn2", first, Conv.of(channels, 3, 1));
  }

  /** 1 x 1, 3 x 3, 1 x 1 with four times the channels: the unit of the deeper networks. */
  static String bottleneck(Blocks blocks, String name, String input, int channels, int stride) {
    String narrow =
        blocks.convNormRelu(name + ".conv1", name + ".bn1", input, Conv.of(channels, 1, 1));
    String middle =
        blocks.convNormRelu(name + ".conv2", name + ".bn2", narrow, Conv.of(channels, 3, stride));
    return blocks.convNorm(name + ".conv3", name + ".bn3", middle, Conv.of(4 * channels, 1, 1));
  }

  @Override
  final String classifier(Blocks blocks, String featureMaps, String features, int classes) {
    return blocks.dense(classifierKey(), features, classes);
  }

  @Override
  final String classifierKey() {
    return "fc";
  }
}
