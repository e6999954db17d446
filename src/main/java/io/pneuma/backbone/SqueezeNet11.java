package io.pneuma.backbone;

import io.pneuma.backbone.Blocks.Conv;
import java.util.List;

/**
 * torchvision's {@code squeezenet1_1}: Iandola et al., "SqueezeNet" (2016), version 1.1, 512
 * features. A stage is named by the last module of it that has parameters.
 */
public final class SqueezeNet11 extends Backbone {
  @Override
  public String name() {
    return "squeezenet1_1";
  }

  @Override
  List<Stage> parts(int imageSize) {
    int stem = (imageSize - 3) / 2 + 1;
    int first = stem / 2;
    int second = first / 2;
    return List.of(
        new Stage(
            "stem",
            (blocks, input) ->
                blocks.maxPoolRoundedUp(
                    "features.2",
                    blocks.convRelu("features.0", input, new Conv(64, 3, 2, 0)),
                    stem)),
        new Stage(
            "features.4",
            (blocks, input) -> {
              String fires = fire(blocks, 4, fire(blocks, 3, input, 16, 64), 16, 64);
              return blocks.maxPoolRoundedUp("features.5", fires, first);
            }),
        new Stage(
            "features.7",
            (blocks, input) -> {
              String fires = fire(blocks, 7, fire(blocks, 6, input, 32, 128), 32, 128);
              return blocks.maxPoolRoundedUp("features.8", fires, second);
            }),
        new Stage(
            "features.12",
            (blocks, input) -> {
              String narrow = fire(blocks, 10, fire(blocks, 9, input, 48, 192), 48, 192);
              return fire(blocks, 12, fire(blocks, 11, narrow, 64, 256), 64, 256);
            }));
  }

  /**
   * Squeezes to few channels, then expands them by 1 x 1 and by 3 x 3 convolutions side by side.
   */
  private static String fire(Blocks blocks, int index, String input, int squeeze, int expand) {
    String name = "features." + index;
    String squeezed = blocks.convRelu(name + ".squeeze", input, Conv.of(squeeze, 1, 1));
    return blocks.concatenate(
        name + ".cat",
        blocks.convRelu(name + ".expand1x1", squeezed, Conv.of(expand, 1, 1)),
        blocks.convRelu(name + ".expand3x3", squeezed, Conv.of(expand, 3, 1)));
  }

  @Override
  String classifier(Blocks blocks, String featureMaps, String features, int classes) {
    String scores = blocks.convRelu("classifier.1", featureMaps, Conv.of(classes, 1, 1));
    return blocks.globalAverage("classifier.3", scores);
  }

  @Override
  String classifierKey() {
    return "classifier";
  }
}
