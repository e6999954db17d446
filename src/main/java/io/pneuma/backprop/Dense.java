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
  /**
   * Pieces that can run together with those of other layers.
   *
   * @param turned what has been copied of {@code in}
   */
  List<Runnable> forward(Matrix in, Turned turned) {
    return Pieces.columns(
        out.columns(),
        (from, count) -> {
          Matrix some = out.columns(from, count).rows(0, in.rows());
          float[] shift = new float[count];
          bias.value().columns(from, count).read(0, shift);
          for (int row = 0; row < in.rows(); row++) {
            some.write(row, shift);
          }
          Matrix product = Scratch.PRODUCT.room(count, in.rows());
          turned.multiply(in, weight.value().columns(from, count), product, 0);
          product.turnInto(some, true);
        });
  }

  /** The gradients of weight and bias. */
  List<Runnable> gradients(Matrix in, GradientUse use) {
    Matrix some = outGradient.rows(0, in.rows());
    List<Runnable> pieces = Pieces.gradient(in.transpose(), some, weight, use);
    pieces.addAll(
        Pieces.columns(
            out.columns(),
            (from, count) ->
                use.take(
                    bias.columns(from, count),
                    to -> to.write(0, some.columns(from, count).sumOfRows()))));
    return pieces;
  }

  /** The gradient with respect to what came in. */
  List<Runnable> backwardTo(Matrix inGradient) {
    Matrix some = outGradient.rows(0, inGradient.rows());
    return Pieces.product(some, weight.value().transpose(), inGradient, 0);
  }
}
