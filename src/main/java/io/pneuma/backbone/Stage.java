package io.pneuma.backbone;

/**
 * A part of a backbone after which it can be cut, and up to which it can be frozen.
 *
 * @param name as a recipe names it
 * @param builder adds the part to the graph
 */
record Stage(String name, Builder builder) {

  /** Adds vertices after {@code input} and returns the name of the last. */
  @FunctionalInterface
  interface Builder {
    String add(Blocks blocks, String input);
  }
}
