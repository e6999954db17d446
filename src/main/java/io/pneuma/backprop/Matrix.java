package io.pneuma.backprop;

import io.pneuma.onednn.OneDnn;
import java.nio.FloatBuffer;
import org.bytedeco.javacpp.FloatPointer;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** A matrix of floats outside the heap, or a part of one; its rows or its columns lie dense. */
final class Matrix {
  private final FloatPointer memory;
  private final FloatBuffer floats;
  private final int offset;
  private final int rows;
  private final int columns;
  private final int rowStride;
  private final int columnStride;

  private Matrix(
      FloatPointer memory,
      FloatBuffer floats,
      int offset,
      int rows,
      int columns,
      int rowStride,
      int columnStride) {
    this.memory = memory;
    this.floats = floats;
    this.offset = offset;
    this.rows = rows;
    this.columns = columns;
    this.rowStride = rowStride;
    this.columnStride = columnStride;
  }

  /** Row by row, from the start of some memory. */
  static Matrix of(FloatPointer memory, int rows, int columns) {
    FloatPointer whole = new FloatPointer(memory).capacity((long) rows * columns);
    return new Matrix(whole, whole.asBuffer(), 0, rows, columns, columns, 1);
  }

  /**
   * The parameter of which {@code view} is Deeplearning4j's view, or what another array has in its
   * place. What is no matrix becomes a row.
   *
   * @param all a row with all parameters, or with all gradients
   * @param offset of the view within all parameters
   */
  static Matrix of(Matrix all, int offset, INDArray view) {
    boolean matrix = view.rank() == 2;
    return new Matrix(
        all.memory,
        all.floats,
        offset,
        matrix ? (int) view.size(0) : 1,
        matrix ? (int) view.size(1) : (int) view.length(),
        matrix ? view.stride(0) : (int) view.length(),
        matrix ? view.stride(1) : 1);
  }

  int rows() {
    return rows;
  }

  int columns() {
    return columns;
  }

  /** Where the first number lies. */
  FloatPointer start() {
    return memory.getPointer(offset);
  }

  Matrix rows(int from, int count) {
    return part(offset + from * rowStride, count, columns);
  }

  Matrix columns(int from, int count) {
    return part(offset + from * columnStride, rows, count);
  }

  private Matrix part(int start, int someRows, int someColumns) {
    return new Matrix(memory, floats, start, someRows, someColumns, rowStride, columnStride);
  }

  Matrix transpose() {
    return new Matrix(memory, floats, offset, columns, rows, columnStride, rowStride);
  }

  /** The same numbers, which lie one behind the other, with {@code times} as many rows. */
  Matrix split(int times) {
    int width = columns / times;
    return new Matrix(memory, floats, offset, rows * times, width, width, 1);
  }

  /** Copies the start of a row, which must lie dense. */
  void read(int row, float[] into) {
    floats.get(place(row), into, 0, columns);
  }

  /** Overwrites a row, which must lie dense. */
  void write(int row, float[] from) {
    floats.put(place(row), from, 0, columns);
  }

  /** The same numbers, copied to lie row by row in {@code to}. */
  Matrix copyTo(Matrix to) {
    if (columnStride != 1) {
      transpose().turnInto(to, false);
      return to;
    }
    float[] one = new float[columns];
    for (int row = 0; row < rows; row++) {
      read(row, one);
      to.write(row, one);
    }
    return to;
  }

  /**
   * Writes its transpose. Its rows must lie dense, and so must those of {@code to}.
   *
   * @param keep add to what {@code to} holds
   */
  void turnInto(Matrix to, boolean keep) {
    float[][] from = new float[rows][columns];
    for (int row = 0; row < rows; row++) {
      read(row, from[row]);
    }
    float[] one = new float[rows];
    for (int column = 0; column < columns; column++) {
      if (keep) {
        to.read(column, one);
      }
      for (int row = 0; row < rows; row++) {
        one[row] = keep ? one[row] + from[row][column] : from[row][column];
      }
      to.write(column, one);
    }
  }

  /** The sum of its rows, which must lie dense. */
  float[] sumOfRows() {
    float[] sum = new float[columns];
    float[] one = new float[columns];
    for (int row = 0; row < rows; row++) {
      read(row, one);
      for (int i = 0; i < columns; i++) {
        sum[i] += one[i];
      }
    }
    return sum;
  }

  /** Where a row, which must lie dense, starts in the memory. */
  int place(int row) {
    return offset + row * rowStride;
  }

  /** Whether walking through a row goes through less memory than walking through a column. */
  boolean isRowMajor() {
    return columnStride <= rowStride;
  }

  INDArray copy() {
    INDArray array = Nd4j.createUninitialized(new long[] {rows, columns}, 'c');
    FloatBuffer target = array.data().asNioFloat();
    float[] row = new float[columns];
    for (int i = 0; i < rows; i++) {
      read(i, row);
      target.put(i * columns, row);
    }
    return array;
  }

  /**
   * {@code to = from left right + to}, on the calling thread.
   *
   * @param keep 0 where what {@code to} holds is to be forgotten, otherwise 1
   */
  static void multiply(Matrix left, Matrix right, Matrix to, int keep) {
    if (to.columnStride != 1) {
      multiply(right.transpose(), left.transpose(), to.transpose(), keep);
      return;
    }
    OneDnn.multiply(
        to.rows,
        to.columns,
        left.columns,
        left.start(),
        left.columnStride != 1,
        left.leading(),
        right.start(),
        right.columnStride != 1,
        right.leading(),
        to.start(),
        to.leading(),
        keep);
  }

  private long leading() {
    return columnStride == 1 ? Math.max(rowStride, columns) : Math.max(columnStride, rows);
  }
}
