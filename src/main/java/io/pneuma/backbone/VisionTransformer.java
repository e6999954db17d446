package io.pneuma.backbone;

import io.pneuma.backbone.Blocks.Conv;
import io.pneuma.layers.ChannelNorm;
import io.pneuma.layers.ChannelScale;
import io.pneuma.layers.ClassToken;
import io.pneuma.layers.FirstToken;
import io.pneuma.layers.TokenAttention;
import io.pneuma.layers.TokenGrid;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Vision transformers: Dosovitskiy et al., "An Image is Worth 16x16 Words" (2021), table 1. Tokens
 * are feature maps of width 1; the features are those of the class token, after the last
 * normalisation, and as maps those of the patches. With LayerScale they are those of Oquab et al.,
 * "DINOv2" (2023).
 *
 * <p>A cut before the last stage gives the mean over all tokens, the class token among them.
 */
public final class VisionTransformer extends Backbone {
  private static final int BLOCKS = 12;
  private static final int HEAD_WIDTH = 64;
  private static final double EPSILON = 1e-6;

  private final String name;
  private final int patch;
  private final int width;
  private final boolean scaled;

  private VisionTransformer(
      String name, int patch, int width, boolean scaled, Optional<Colours> own) {
    this.name = name;
    this.patch = patch;
    this.width = width;
    this.scaled = scaled;
    own.ifPresent(this::colours);
  }

  /** torchvision's {@code vit_b_16}; DINO's ViT-B/16 is the same network. */
  static VisionTransformer b16() {
    return new VisionTransformer("vit_b_16", 16, 768, false, Optional.empty());
  }

  /** DINO's ViT-S/16. */
  static VisionTransformer s16() {
    return new VisionTransformer("vit_s_16", 16, 384, false, Optional.empty());
  }

  /** DINOv2's ViT-B/14. */
  static VisionTransformer dinov2b14() {
    return new VisionTransformer("dinov2_vitb14", 14, 768, true, Optional.empty());
  }

  /** DINOv2's ViT-S/14. */
  static VisionTransformer dinov2s14() {
    return new VisionTransformer("dinov2_vits14", 14, 384, true, Optional.empty());
  }

  /** DINOv2's ViT-B/14 with the colours of Perez-Garcia et al., "RAD-DINO" (2025). */
  static VisionTransformer radDino() {
    return new VisionTransformer("rad_dino", 14, 768, true, Optional.of(Colours.RAD_DINO));
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public int patch() {
    return patch;
  }

  @Override
  List<Stage> parts(int imageSize) {
    List<Stage> stages = new ArrayList<>();
    stages.add(
        new Stage(
            "tokens",
            (blocks, input) ->
                blocks.layer(
                    "tokens",
                    new ClassToken(),
                    blocks.biased("patches", input, new Conv(width, patch, patch, 0)))));
    for (int i = 0; i < BLOCKS; i++) {
      String block = "blocks." + i;
      stages.add(new Stage(block, (blocks, input) -> block(blocks, block, input)));
    }
    stages.add(
        new Stage(
            "norm",
            (blocks, input) ->
                norm(
                    blocks,
                    "norm",
                    blocks.isOnMaps() ? input : blocks.layer("class", new FirstToken(), input))));
    return stages;
  }

  @Override
  String asMaps(Blocks blocks, String last) {
    return blocks.layer("grid", new TokenGrid(), last);
  }

  @Override
  public int mapSide(int imageSize, int height) {
    return imageSize / patch;
  }

  private static String norm(Blocks blocks, String name, String input) {
    return blocks.layer(name, new ChannelNorm(EPSILON), input);
  }

  private String block(Blocks blocks, String name, String input) {
    String three =
        linear(blocks, name + ".attn.qkv", norm(blocks, name + ".norm1", input), 3 * width);
    String mixed = blocks.layer(name + ".attn.mix", new TokenAttention(width / HEAD_WIDTH), three);
    String attended =
        blocks.add(
            name + ".add1",
            scaled(blocks, name + ".ls1", linear(blocks, name + ".attn.proj", mixed, width)),
            input);
    String wide =
        blocks.gelu(
            name + ".mlp.fc1",
            linear(blocks, name + ".mlp.fc1", norm(blocks, name + ".norm2", attended), 4 * width));
    return blocks.add(
        name + ".add2",
        scaled(blocks, name + ".ls2", linear(blocks, name + ".mlp.fc2", wide, width)),
        attended);
  }

  private static String linear(Blocks blocks, String name, String input, int outputs) {
    return blocks.biased(name, input, new Conv(outputs, 1, 1, 0));
  }

  private String scaled(Blocks blocks, String name, String input) {
    return scaled ? blocks.layer(name, new ChannelScale(), input) : input;
  }

  @Override
  String classifier(Blocks blocks, String featureMaps, String features, int classes) {
    return blocks.dense(classifierKey(), features, classes);
  }

  @Override
  String classifierKey() {
    return "head";
  }
}
