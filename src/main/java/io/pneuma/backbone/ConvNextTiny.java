package io.pneuma.backbone;

import io.pneuma.backbone.Blocks.Conv;
import io.pneuma.layers.ChannelNorm;
import io.pneuma.layers.ChannelScale;
import java.util.ArrayList;
import java.util.List;

/**
 * torchvision's {@code convnext_tiny}: Liu et al., "A ConvNet for the 2020s" (2022), 768 features,
 * which are not normalised.
 */
public final class ConvNextTiny extends Backbone {
  private static final int[] BLOCKS = {3, 3, 9, 3};
  private static final int[] CHANNELS = {96, 192, 384, 768};
  private static final double EPSILON = 1e-6;

  @Override
  public String name() {
    return "convnext_tiny";
  }

  @Override
  List<Stage> parts(int imageSize) {
    List<Stage> stages = new ArrayList<>();
    stages.add(
        stage(
            0,
            (blocks, input) ->
                norm(
                    blocks,
                    "features.0.1",
                    blocks.biased("features.0.0", input, new Conv(CHANNELS[0], 4, 4, 0)))));
    for (int i = 0; i < BLOCKS.length; i++) {
      int channels = CHANNELS[i];
      if (i > 0) {
        String name = "features." + stages.size();
        stages.add(
            stage(
                stages.size(),
                (blocks, input) ->
                    blocks.biased(
                        name + ".1",
                        norm(blocks, name + ".0", input),
                        new Conv(channels, 2, 2, 0))));
      }
      String name = "features." + stages.size();
      int count = BLOCKS[i];
      stages.add(
          stage(
              stages.size(),
              (blocks, input) -> {
                String last = input;
                for (int block = 0; block < count; block++) {
                  last = block(blocks, name + "." + block, last, channels);
                }
                return last;
              }));
    }
    return stages;
  }

  private static Stage stage(int index, Stage.Builder builder) {
    return new Stage("features." + index, builder);
  }

  private static String norm(Blocks blocks, String name, String input) {
    return blocks.layer(name, new ChannelNorm(EPSILON), input);
  }

  private static String block(Blocks blocks, String name, String input, int channels) {
    String part = name + ".block.";
    String filtered = blocks.depthwise(part + 0, input, 7, 1, true);
    String normal = norm(blocks, part + 2, filtered);
    String wide =
        blocks.gelu(part + 3, blocks.biased(part + 3, normal, new Conv(4 * channels, 1, 1, 0)));
    String narrow = blocks.biased(part + 5, wide, new Conv(channels, 1, 1, 0));
    String scaled = blocks.layer(name + ".scale", new ChannelScale(), narrow);
    return blocks.add(name + ".add", scaled, input);
  }

  @Override
  String classifier(Blocks blocks, String featureMaps, String features, int classes) {
    String mean = blocks.mean("classifier.mean", featureMaps);
    String scores =
        blocks.biased(
            "classifier.2", norm(blocks, "classifier.0", mean), new Conv(classes, 1, 1, 0));
    return blocks.globalAverage("classifier", scores);
  }

  @Override
  String classifierKey() {
    return "classifier";
  }
}
