package io.pneuma.backprop;

import java.util.List;

/**
 * {@code out = in W + b}.
 *
 * @param weight I x O
 * @param bias 1 x O
 * @param out B x O
 * @param outGradient B x O, the gradient with respect to {@code out}
 */
record Dense(Parameter weight, Parameter bias, Matrix out, Matrix outGradient) {
  /** Pieces that can run together with those of other layers. */
  List<Runnable> forward(Matrix in) {
    return Pieces.columns(
        out.columns(),
        (from, count) -> {
          Matrix some = out.columns(from, count).rows(0, in.rows());
          float[] shift = new float[count];
          bias.value().columns(from, count).read(0, shift);
          for (int row = 0; row < in.rows(); row++) {
            some.write(row, shift);
          }
          Matrix.multiply(in, weight.value().columns(from, count), some, 1);
        });
  }

  /** The gradients of weight and bias. */
  List<Runnable> backward(Matrix in) {
    Matrix transposed = in.transpose();
    return Pieces.columns(
        out.columns(),
        (from, count) -> {
          Matrix some = outGradient.columns(from, count).rows(0, in.rows());
          Matrix.multiply(transposed, some, weight.gradient().columns(from, count), 0);
          float[] sum = new float[count];
          float[] one = new float[count];
          for (int row = 0; row < in.rows(); row++) {
            some.read(row, one);
            for (int i = 0; i < count; i++) {
              sum[i] += one[i];
            }
          }
          bias.gradient().columns(from, count).write(0, sum);
        });
  }

  /** The gradient with respect to what came in. */
  List<Runnable> backwardTo(Matrix inGradient) {
    Matrix some = outGradient.rows(0, inGradient.rows());
    return Pieces.product(some, weight.value().transpose(), inGradient, 0);
  }
}
