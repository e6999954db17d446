package io.pneuma.computation;

/** How feature maps lie in memory. */
public enum Layout {
  /**
   * As many channels as a vector register holds side by side, then the pixels, then the rest; maps
   * of very few channels lie as images do, one channel after the other.
   */
  BLOCKED,
  /** All channels of a pixel side by side. */
  ROWS
}
