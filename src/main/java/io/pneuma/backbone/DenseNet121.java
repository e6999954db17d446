package io.pneuma.backbone;

import io.pneuma.backbone.Blocks.Conv;
import java.util.ArrayList;
import java.util.List;

/**
 * torchvision's {@code densenet121}: Huang et al., "Densely Connected Convolutional Networks"
 * (2017), 1024 features. Each layer sees the maps of all layers before it in its block.
 */
public final class DenseNet121 extends Backbone {
  private static final int[] LAYERS = {6, 12, 24, 16};
  private static final int GROWTH = 32;
  private static final int STEM_CHANNELS = 64;

  @Override
  public String name() {
    return "densenet121";
  }

  @Override
  List<Stage> parts(int imageSize) {
    List<Stage> stages = new ArrayList<>();
    stages.add(
        new Stage(
            "stem",
            (blocks, input) ->
                blocks.maxPool(
                    "features.pool0",
                    blocks.convNormRelu(
                        "features.conv0", "features.norm0", input, Conv.of(STEM_CHANNELS, 7, 2)),
                    3,
                    2,
                    1)));
    int channels = STEM_CHANNELS;
    for (int block = 1; block <= LAYERS.length; block++) {
      int layers = LAYERS[block - 1];
      String name = "features.denseblock" + block;
      boolean last = block == LAYERS.length;
      stages.add(
          new Stage(
              "denseblock" + block,
              (blocks, input) -> {
                String maps = denseBlock(blocks, name, input, layers);
                return last ? blocks.normRelu("features.norm5", maps) : maps;
              }));
      channels += layers * GROWTH;
      if (!last) {
        channels /= 2;
        int narrowed = channels;
        String transition = "features.transition" + block;
        stages.add(
            new Stage(
                "transition" + block,
                (blocks, input) ->
                    blocks.averagePool(
                        transition + ".pool",
                        blocks.normReluConv(
                            transition + ".norm",
                            transition + ".conv",
                            input,
                            Conv.of(narrowed, 1, 1)),
                        2,
                        2)));
      }
    }
    return stages;
  }

  private static String denseBlock(Blocks blocks, String name, String input, int layers) {
    String maps = input;
    for (int layer = 1; layer <= layers; layer++) {
      String layerName = name + ".denselayer" + layer;
      String narrow =
          blocks.normReluConv(
              layerName + ".norm1", layerName + ".conv1", maps, Conv.of(4 * GROWTH, 1, 1));
      String grown =
          blocks.normReluConv(
              layerName + ".norm2", layerName + ".conv2", narrow, Conv.of(GROWTH, 3, 1));
      maps = blocks.concatenate(layerName + ".cat", maps, grown);
    }
    return maps;
  }

  @Override
  String classifier(Blocks blocks, String featureMaps, String features, int classes) {
    return blocks.dense(classifierKey(), features, classes);
  }

  @Override
  String classifierKey() {
    return "classifier";
  }
}
