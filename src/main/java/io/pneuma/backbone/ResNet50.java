package io.pneuma.backbone;

/** torchvision's {@code resnet50}: 50 layers, 2048 features. */
public final class ResNet50 extends ResNet {
  @Override
  public String name() {
    return "resnet50";
  }

  @Override
  int[] units() {
    return new int[] {3, 4, 6, 3};
  }

  @Override
  int expansion() {
    return 4;
  }

  @Override
  String residual(Blocks blocks, String name, String input, int channels, int stride) {
    return bottleneck(blocks, name, input, channels, stride);
  }
}
