package io.pneuma.backprop;

import java.util.ArrayList;
import java.util.List;

/**
 * How work is cut. The cuts depend on the sizes alone and never on the number of threads, and so
 * does the order of every sum.
 */
final class Pieces {
  /** Rows that one piece of work on rows takes. */
  static final int ROWS = 4;

  /** Columns that oneDNN's sgemm takes at a time with AVX-512; other cuts leave it half empty. */
  private static final int UNIT = 48;

  /** The most columns of a piece; each piece copies the other factor anew, so few are dear. */
  private static final int MOST = 4 * UNIT;

  private static final int BLOCK_ROWS = 64;

  /** Long, since Adam walks through each row of parameters and moments, and memory likes that. */
  private static final int BLOCK_COLUMNS = 2048;

  /** Numbers of a block of a gradient: half of the cache that a core has for itself, or less. */
  static final int BLOCK = BLOCK_ROWS * BLOCK_COLUMNS;

  private Pieces() {}

  /** A part of a length. */
  @FunctionalInterface
  interface Range {
    void take(int from, int count);
  }

  /** Work on parts of a length, the last one shorter. */
  static List<Runnable> cut(int length, int step, Range work) {
    List<Runnable> pieces = new ArrayList<>();
    for (int from = 0; from < length; from += step) {
      int start = from;
      pieces.add(() -> work.take(start, Math.min(step, length - start)));
    }
    return pieces;
  }

  /** Work on columns, or on a parameter's rows. */
  static List<Runnable> columns(int columns, Range work) {
    return cut(columns, columns <= MOST ? UNIT : MOST, work);
  }

  /** {@code to = left right + keep to}, cut along the longer side of {@code to}. */
  static List<Runnable> product(Matrix left, Matrix right, Matrix to, int keep) {
    boolean alongRows = to.rows() > to.columns() || (to.rows() == to.columns() && to.isRowMajor());
    return alongRows
        ? columns(
            to.rows(),
            (from, count) ->
                Matrix.multiply(left.rows(from, count), right, to.rows(from, count), keep))
        : columns(
            to.columns(),
            (from, count) ->
                Matrix.multiply(left, right.columns(from, count), to.columns(from, count), keep));
  }

  /**
   * Work on the gradient {@code left right} of a parameter, in blocks whose rows lie dense, each
   * used while it is in the cache of a core. The block's part of {@code left} is copied, for with
   * AVX2 oneDNN's sgemm takes twice as long for a left factor of far apart rows.
   */
  static List<Runnable> gradient(Matrix left, Matrix right, Parameter parameter, GradientUse use) {
    if (!parameter.value().isRowMajor()) {
      return gradient(right.transpose(), left.transpose(), parameter.transpose(), use);
    }
    List<Runnable> pieces = new ArrayList<>();
    for (int row = 0; row < left.rows(); row += BLOCK_ROWS) {
      int rows = Math.min(BLOCK_ROWS, left.rows() - row);
      Matrix some = left.rows(row, rows);
      Parameter strip = parameter.rows(row, rows);
      pieces.addAll(
          cut(
              right.columns(),
              BLOCK_COLUMNS,
              (from, count) ->
                  use.take(
                      strip.columns(from, count),
                      to -> {
                        Matrix factor = some.transpose();
                        factor =
                            factor.copyTo(Scratch.FACTOR.room(factor.rows(), factor.columns()));
                        Matrix.multiply(factor.transpose(), right.columns(from, count), to, 0);
                      })));
    }
    return pieces;
  }

  static List<Runnable> together(List<List<Runnable>> lists) {
    return lists.stream().flatMap(List::stream).toList();
  }
}
