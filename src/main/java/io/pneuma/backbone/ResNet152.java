package io.pneuma.backbone;

/** torchvision's {@code resnet152}: 152 layers, 2048 features. */
public final class ResNet152 extends ResNet {
  @Override
  public String name() {
    return "resnet152";
  }

  @Override
  int[] units() {
    return new int[] {3, 8, 36, 3};
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
