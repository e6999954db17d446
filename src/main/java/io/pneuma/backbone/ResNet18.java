package io.pneuma.backbone;

/** torchvision's {@code resnet18}: 18 layers, 512 features. */
public final class ResNet18 extends ResNet {
  @Override
  public String name() {
    return "resnet18";
  }

  @Override
  int[] units() {
    return new int[] {2, 2, 2, 2};
  }

  @Override
  int expansion() {
    return 1;
  }

  @Override
  String residual(Blocks blocks, String name, String input, int channels, int stride) {
    return basic(blocks, name, input, channels, stride);
  }
}
