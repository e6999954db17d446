package io.pneuma.backprop;

import io.pneuma.computation.Activation;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * A differentiable operation on the arrays of one example, each of which has a slot: a row of
 * numbers for its values and one for the gradient with respect to them.
 */
sealed interface RowOperation {
  /** The slots that it reads. */
  List<Integer> inputs();

  /** The slot that it fills. */
  int output();

  /** The slots whose values {@link #backward} reads. */
  default Set<Integer> remembered() {
    return Set.of();
  }

  /** Fills the output. */
  void forward(float[][] values);

  /** Adds to the gradients of the inputs what comes from that of the output. */
  void backward(float[][] values, float[][] gradients);

  /** Of one slot, whose way back reads what it gave. */
  sealed interface OfOne extends RowOperation {
    /** The slot that it reads. */
    int input();

    @Override
    default List<Integer> inputs() {
      return List.of(input());
    }

    @Override
    default Set<Integer> remembered() {
      return Set.of(output());
    }
  }

  /** A product of two slots, whose way back reads both. */
  sealed interface OfTwo extends RowOperation {
    /** The first factor's slot. */
    int left();

    /** The second factor's slot; may be the same. */
    int right();

    @Override
    default List<Integer> inputs() {
      return List.of(left(), right());
    }

    @Override
    default Set<Integer> remembered() {
      return new TreeSet<>(inputs());
    }
  }

  /**
   * {@code out = factor * in + shift}, where {@code out} repeats along the way summed up: sums,
   * means, copies in another order, and numbers that are added or multiplied.
   *
   * @param walk through {@code out} and {@code in}
   */
  record Linear(int input, int output, Walk walk, float factor, float shift)
      implements RowOperation {
    @Override
    public List<Integer> inputs() {
      return List.of(input);
    }

    @Override
    public void forward(float[][] values) {
      Arrays.fill(values[output], shift);
      for (int i = 0; i < walk.loops(); i++) {
        Loops.addScaled(
            values[output],
            walk.starts[0][i],
            walk.steps[0],
            values[input],
            walk.starts[1][i],
            walk.steps[1],
            factor,
            walk.length);
      }
    }

    @Override
    public void backward(float[][] values, float[][] gradients) {
      for (int i = 0; i < walk.loops(); i++) {
        Loops.addScaled(
            gradients[input],
            walk.starts[1][i],
            walk.steps[1],
            gradients[output],
            walk.starts[0][i],
            walk.steps[0],
            factor,
            walk.length);
      }
    }
  }

  /**
   * {@code out = left + sign * right}, with what repeats.
   *
   * @param walk through {@code out}, {@code left} and {@code right}
   */
  record Sum(int left, int right, int output, Walk walk, float sign) implements RowOperation {
    @Override
    public List<Integer> inputs() {
      return List.of(left, right);
    }

    @Override
    public void forward(float[][] values) {
      Arrays.fill(values[output], 0);
      for (int i = 0; i < walk.loops(); i++) {
        add(values[output], values[left], i, 1, 1);
        add(values[output], values[right], i, 2, sign);
      }
    }

    private void add(float[] out, float[] from, int loop, int which, float factor) {
      Loops.addScaled(
          out,
          walk.starts[0][loop],
          walk.steps[0],
          from,
          walk.starts[which][loop],
          walk.steps[which],
          factor,
          walk.length);
    }

    @Override
    public void backward(float[][] values, float[][] gradients) {
      for (int i = 0; i < walk.loops(); i++) {
        back(gradients[left], gradients[output], i, 1, 1);
        back(gradients[right], gradients[output], i, 2, sign);
      }
    }

    private void back(float[] to, float[] out, int loop, int which, float factor) {
      Loops.addScaled(
          to,
          walk.starts[which][loop],
          walk.steps[which],
          out,
          walk.starts[0][loop],
          walk.steps[0],
          factor,
          walk.length);
    }
  }

  /**
   * {@code out = left * right}, element by element, with what repeats.
   *
   * @param walk through {@code out}, {@code left} and {@code right}
   */
  record Product(int left, int right, int output, Walk walk) implements OfTwo {

    @Override
    public void forward(float[][] values) {
      Arrays.fill(values[output], 0);
      for (int i = 0; i < walk.loops(); i++) {
        add(values[output], 0, values[left], 1, values[right], 2, i);
      }
    }

    @Override
    public void backward(float[][] values, float[][] gradients) {
      for (int i = 0; i < walk.loops(); i++) {
        add(gradients[left], 1, gradients[output], 0, values[right], 2, i);
        add(gradients[right], 2, gradients[output], 0, values[left], 1, i);
      }
    }

    private void add(float[] to, int t, float[] a, int aw, float[] b, int bw, int loop) {
      Loops.addProduct(
          to,
          walk.starts[t][loop],
          walk.steps[t],
          a,
          walk.starts[aw][loop],
          walk.steps[aw],
          b,
          walk.starts[bw][loop],
          walk.steps[bw],
          walk.length);
    }
  }

  /** {@code out = max(in, 0)}. */
  record Relu(int input, int output) implements OfOne {

    @Override
    public void forward(float[][] values) {
      float[] in = values[input];
      float[] out = values[output];
      for (int i = 0; i < out.length; i++) {
        out[i] = Math.max(in[i], 0);
      }
    }

    @Override
    public void backward(float[][] values, float[][] gradients) {
      float[] out = values[output];
      float[] from = gradients[output];
      float[] to = gradients[input];
      for (int i = 0; i < out.length; i++) {
        to[i] += out[i] > 0 ? from[i] : 0;
      }
    }
  }

  /** Sigmoid or tanh; forward is left to {@link Squashing}, as Java has no exp in vectors. */
  record Squash(int input, int output, Activation kind) implements OfOne {

    @Override
    public void forward(float[][] values) {
      throw new IllegalStateException("computed by oneDNN");
    }

    @Override
    public void backward(float[][] values, float[][] gradients) {
      float[] out = values[output];
      float[] from = gradients[output];
      float[] to = gradients[input];
      if (kind == Activation.SIGMOID) {
        for (int i = 0; i < out.length; i++) {
          to[i] += from[i] * out[i] * (1 - out[i]);
        }
      } else {
        for (int i = 0; i < out.length; i++) {
          to[i] += from[i] * (1 - out[i] * out[i]);
        }
      }
    }
  }

  /** Of each {@code columns} numbers that lie together: dx = s * (dy - sum(s * dy)). */
  record Softmax(int input, int output, int columns) implements OfOne {

    @Override
    public void forward(float[][] values) {
      float[] in = values[input];
      float[] out = values[output];
      for (int start = 0; start < out.length; start += columns) {
        float most = in[start];
        for (int i = start; i < start + columns; i++) {
          most = Math.max(most, in[i]);
        }
        double sum = 0;
        for (int i = start; i < start + columns; i++) {
          out[i] = (float) Math.exp(in[i] - most);
          sum += out[i];
        }
        for (int i = start; i < start + columns; i++) {
          out[i] = (float) (out[i] / sum);
        }
      }
    }

    @Override
    public void backward(float[][] values, float[][] gradients) {
      float[] out = values[output];
      float[] from = gradients[output];
      float[] to = gradients[input];
      for (int start = 0; start < out.length; start += columns) {
        float sum = Loops.dot(out, start, 1, from, start, 1, columns);
        for (int i = start; i < start + columns; i++) {
          to[i] += out[i] * (from[i] - sum);
        }
      }
    }
  }

  /**
   * Correlation along rows of {@code length} numbers, zero beyond their ends, of one channel, as
   * many numbers out as in: out_c = sum_j w_j in_(c+j-p) with p = (k - 1)/2.
   */
  record Convolution(int input, int weight, int output, int length, int kernel)
      implements RowOperation {
    @Override
    public List<Integer> inputs() {
      return List.of(input, weight);
    }

    @Override
    public Set<Integer> remembered() {
      return Set.of(input, weight);
    }

    @Override
    public void forward(float[][] values) {
      Arrays.fill(values[output], 0);
      for (int start = 0; start < values[output].length; start += length) {
        for (int j = 0; j < kernel; j++) {
          int shift = j - (kernel - 1) / 2;
          int from = Math.max(0, -shift);
          int count = length - Math.abs(shift);
          Loops.addScaled(
              values[output],
              start + from,
              1,
              values[input],
              start + from + shift,
              1,
              values[weight][j],
              count);
        }
      }
    }

    @Override
    public void backward(float[][] values, float[][] gradients) {
      for (int start = 0; start < gradients[output].length; start += length) {
        for (int j = 0; j < kernel; j++) {
          int shift = j - (kernel - 1) / 2;
          int from = start + Math.max(0, -shift);
          int count = length - Math.abs(shift);
          float[] out = gradients[output];
          Loops.addScaled(
              gradients[input], from + shift, 1, out, from, 1, values[weight][j], count);
          gradients[weight][j] += Loops.dot(out, from, 1, values[input], from + shift, 1, count);
        }
      }
    }
  }

  /**
   * {@code out = left right} for a batch of matrices of an example, m x k by k x n.
   *
   * @param batch where the matrices of out, left and right start
   * @param sizes m, k, n
   * @param strides from row to row and from column to column of out, left and right
   */
  @SuppressWarnings("ArrayRecordComponent") // Never compared.
  record MatrixProduct(int left, int right, int output, Walk batch, int[] sizes, int[][] strides)
      implements OfTwo {

    @Override
    public void forward(float[][] values) {
      Arrays.fill(values[output], 0);
      Strided a = new Strided(values[left], strides[1]);
      Strided b = new Strided(values[right], strides[2]);
      Strided out = new Strided(values[output], strides[0]);
      each((o, l, r) -> out.add(o, a, l, b, r, sizes[0], sizes[1], sizes[2]));
    }

    @Override
    public void backward(float[][] values, float[][] gradients) {
      Strided a = new Strided(values[left], strides[1]);
      Strided b = new Strided(values[right], strides[2]);
      Strided da = new Strided(gradients[left], strides[1]);
      Strided db = new Strided(gradients[right], strides[2]);
      Strided out = new Strided(gradients[output], strides[0]);
      each((o, l, r) -> da.add(l, out, o, b.transposed(), r, sizes[0], sizes[2], sizes[1]));
      each((o, l, r) -> db.add(r, a.transposed(), l, out, o, sizes[1], sizes[0], sizes[2]));
    }

    private void each(Starts work) {
      for (int i = 0; i < batch.loops(); i++) {
        for (int j = 0; j < batch.length; j++) {
          work.take(
              batch.starts[0][i] + j * batch.steps[0],
              batch.starts[1][i] + j * batch.steps[1],
              batch.starts[2][i] + j * batch.steps[2]);
        }
      }
    }

    @FunctionalInterface
    private interface Starts {
      void take(int output, int left, int right);
    }
  }

  /** Matrices in an array. */
  @SuppressWarnings("ArrayRecordComponent") // Never compared.
  record Strided(float[] values, int row, int column) {
    Strided(float[] values, int[] strides) {
      this(values, strides[0], strides[1]);
    }

    Strided transposed() {
      return new Strided(values, column, row);
    }

    /** Adds a product m x k by k x n, by loops along what lies dense. */
    void add(int start, Strided a, int ai, Strided b, int bi, int m, int k, int n) {
      if (column != 1 && row == 1) {
        transposed().add(start, b.transposed(), bi, a.transposed(), ai, n, k, m);
        return;
      }
      for (int i = 0; i < m; i++) {
        if (a.column == 1 && b.row == 1) {
          for (int j = 0; j < n; j++) {
            values[start + i * row + j * column] +=
                Loops.dot(a.values, ai + i * a.row, 1, b.values, bi + j * b.column, 1, k);
          }
        } else {
          for (int l = 0; l < k; l++) {
            float factor = a.values[ai + i * a.row + l * a.column];
            Loops.addScaled(
                values, start + i * row, column, b.values, bi + l * b.row, b.column, factor, n);
          }
        }
      }
    }
  }
}
