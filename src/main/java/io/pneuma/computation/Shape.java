package io.pneuma.computation;

/** Channels, height and width of one image's feature maps. */
public record Shape(int channels, int height, int width) {
  /** Height times width. */
  public int pixels() {
    return height * width;
  }
}
