package io.pneuma.backbone;

import io.pneuma.backbone.Blocks.Conv;
import java.util.ArrayList;
import java.util.List;

/**
 * ResNet50 v2 as Gluon's model zoo publishes it: He et al., "Identity Mappings in Deep Residual
 * Networks" (2016), 2048 features. Normalisation and activation come before each convolution, and
 * the images themselves are normalised first. A stage ends with the activation by which the next
 * one begins: the shortcut convolution there takes its input from it, too.
 */
public final class ResNet50V2 extends Backbone {
  private static final int[] CHANNELS = {256, 512, 1024, 2048};
  private static final int[] UNITS = {3, 4, 6, 3};

  @Override
  public String name() {
    return "resnet50v2";
  }

  @Override
  List<Stage> parts(int imageSize) {
    List<Stage> stages = new ArrayList<>();
    stages.add(new Stage("stem", ResNet50V2::stem));
    for (int i = 0; i < UNITS.length; i++) {
      int stage = i;
      stages.add(new Stage("stage" + (i + 1), (blocks, input) -> stage(blocks, input, stage)));
    }
    return stages;
  }

  private static String stem(Blocks blocks, String input) {
    // Gluon holds this one's weight at 1 and its bias at 0; here they may learn unless frozen.
    String normalised = blocks.norm("batchnorm0", input);
    String maps = blocks.convNormRelu("conv0", "batchnorm1", normalised, Conv.of(64, 7, 2));
    return blocks.normRelu("stage1.batchnorm0", blocks.maxPool("pool0", maps, 3, 2, 1));
  }

  private static String stage(Blocks blocks, String activated, int stage) {
    String name = "stage" + (stage + 1);
    int inner = CHANNELS[stage] / 4;
    int stride = stage > 0 ? 2 : 1;
    String input = activated;
    String last = "";
    for (int unit = 0; unit < UNITS[stage]; unit++) {
      boolean first = unit == 0;
      // Gluon numbers the layers of a stage through; the first unit's shortcut is its conv3.
      int norm = 3 * unit;
      int conv = first ? 0 : 3 * unit + 1;
      if (!first) {
        input = blocks.normRelu(name + ".batchnorm" + norm, last);
      }
      String narrow = blocks.convolution(name + ".conv" + conv, input, Conv.of(inner, 1, 1));
      String middle =
          blocks.normReluConv(
              name + ".batchnorm" + (norm + 1),
              name + ".conv" + (conv + 1),
              narrow,
              Conv.of(inner, 3, first ? stride : 1));
      String residual =
          blocks.normReluConv(
              name + ".batchnorm" + (norm + 2),
              name + ".conv" + (conv + 2),
              middle,
              Conv.of(CHANNELS[stage], 1, 1));
      String shortcut =
          first
              ? blocks.convolution(name + ".conv3", input, Conv.of(CHANNELS[stage], 1, stride))
              : last;
      last = blocks.add(name + "." + unit + ".add", residual, shortcut);
    }
    boolean end = stage == UNITS.length - 1;
    return blocks.normRelu(end ? "batchnorm2" : "stage" + (stage + 2) + ".batchnorm0", last);
  }

  @Override
  String classifier(Blocks blocks, String featureMaps, String features, int classes) {
    return blocks.dense(classifierKey(), features, classes);
  }

  @Override
  String classifierKey() {
    return "dense0";
  }
}
