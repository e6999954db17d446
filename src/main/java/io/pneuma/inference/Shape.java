package io.pneuma.inference;

/** Channels, height and width of one image's feature maps. */
record Shape(int channels, int height, int width) {
  int pixels() {
    return height * width;
  }
}
