package io.pneuma.inference;

/** How feature maps lie in memory. Those of very few channels always lie as images do. */
public enum Layout {
  /** As many channels as a vector register holds side by side, then the pixels, then the rest. */
  BLOCKED,
  /** All channels of a pixel side by side. */
  ROWS
}
