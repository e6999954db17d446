package io.pneuma.backprop;

import java.util.List;
import org.bytedeco.javacpp.FloatPointer;

/**
 * Few rows B x K as K x B, for products with a weight whose columns lie dense: oneDNN's sgemm
 * multiplies the weight's columns by this in up to half the time of the rows by the weight, with
 * AVX2 as with AVX-512.
 */
final class Turned {
  private static final int COLUMNS = 64;

  private final FloatPointer memory;

  /**
   * Takes the place for it.
   *
   * @param room of the largest rows
   */
  Turned(Matrix room) {
    this.memory = room.start();
  }

  private Matrix turned(Matrix original) {
    Matrix turned = original.transpose();
    return Matrix.of(memory, turned.rows(), turned.columns());
  }

  /** Work that must be done before {@link #multiply}. */
  List<Runnable> copy(Matrix rows) {
    Matrix to = turned(rows);
    return Pieces.cut(
        rows.columns(),
        COLUMNS,
        (from, count) -> rows.columns(from, count).turnInto(to.rows(from, count), false));
  }

  /**
   * {@code to = (rows weight)' + keep to}.
   *
   * @param rows as they were copied
   */
  void multiply(Matrix rows, Matrix weight, Matrix to, int keep) {
    Matrix.multiply(weight.transpose(), turned(rows), to, keep);
  }
}
