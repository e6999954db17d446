package io.pneuma.backbone;

import io.pneuma.backbone.Blocks.Conv;
import java.util.ArrayList;
import java.util.List;

/**
 * The 56-layer network of He et al., "Deep Residual Learning for Image Recognition" (2016), section
 * 4.2, for CIFAR-10's images of 32 x 32 pixels, with the parameter-free shortcuts of option A, as
 * in akamaster's pytorch_resnet_cifar10: 64 features.
 */
public final class ResNet56Cifar extends Backbone {
  private static final int[] CHANNELS = {16, 32, 64};
  private static final int UNITS = 9;

  @Override
  public String name() {
    return "resnet56_cifar";
  }

  @Override
  List<Stage> parts(int imageSize) {
    List<Stage> stages = new ArrayList<>();
    stages.add(
        new Stage(
            "stem",
            (blocks, input) ->
                blocks.convNormRelu("conv1", "bn1", input, Conv.of(CHANNELS[0], 3, 1))));
    for (int i = 0; i < CHANNELS.length; i++) {
      int layer = i;
      stages.add(new Stage("layer" + (i + 1), (blocks, input) -> layer(blocks, input, layer)));
    }
    return stages;
  }

  private static String layer(Blocks blocks, String input, int layer) {
    String last = input;
    for (int unit = 0; unit < UNITS; unit++) {
      String name = "layer" + (layer + 1) + "." + unit;
      boolean halves = layer > 0 && unit == 0;
      String residual = ResNet.basic(blocks, name, last, CHANNELS[layer], halves ? 2 : 1);
      String shortcut =
          halves ? blocks.halvedBetweenZeros(name + ".shortcut", last, CHANNELS[layer - 1]) : last;
      last = blocks.relu(name, blocks.add(name + ".add", residual, shortcut));
    }
    return last;
  }

  @Override
  String classifier(Blocks blocks, String featureMaps, String features, int classes) {
    return blocks.dense(classifierKey(), features, classes);
  }

  @Override
  String classifierKey() {
    return "linear";
  }

  @Override
  int classes() {
    return 10;
  }
}
