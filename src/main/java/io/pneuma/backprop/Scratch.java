package io.pneuma.backprop;

import org.bytedeco.javacpp.FloatPointer;

/** Room of the calling thread, over and over, so that it stays in the cache of its core. */
final class Scratch {
  static final Scratch GRADIENT = new Scratch();
  static final Scratch FACTOR = new Scratch();
  static final Scratch PRODUCT = new Scratch();

  private final ThreadLocal<FloatPointer> memory =
      ThreadLocal.withInitial(() -> new FloatPointer(Pieces.BLOCK));

  private Scratch() {}

  /** A matrix of any numbers, row by row. */
  Matrix room(int rows, int columns) {
    long floats = (long) rows * columns;
    if (memory.get().capacity() < floats) {
      memory.set(new FloatPointer(floats));
    }
    return Matrix.of(memory.get(), rows, columns);
  }
}
