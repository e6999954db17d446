package io.pneuma.backprop;

import io.pneuma.inference.OneDnn;
import java.util.List;

/**
 * {@link io.pneuma.attention.SqueezeExcitation} forward and backward; . is the matrix product, *
 * the product of elements, ' the transpose.
 *
 * <pre>
 * h = relu(z.W1)   s = sigmoid(h.W2)   x = s * z
 *
 * da = dx * z * s * (1 - s)   dW2 = h'.da   dh = da.W2' where h > 0
 * dW1 = z'.dh                 dz = dx * s + dh.W1'
 * </pre>
 */
final class SqueezeExcitationStep implements AttentionStep {
  private final Threads threads;
  private final Ends ends;
  private final Parameter first;
  private final Parameter second;
  private final Matrix squeezed; // B x C/R
  private final Matrix squeezedGradient;
  private final Matrix scale; // B x C
  private final Matrix scaleGradient; // before the sigmoid
  private final Sigmoids sigmoids;

  SqueezeExcitationStep(AttentionSteps.Context head) {
    threads = head.threads();
    ends = head.ends();
    first = head.parameter("W1");
    second = head.parameter("W2");
    squeezed = head.room(first.value().columns());
    squeezedGradient = head.room(first.value().columns());
    scale = head.room(ends.in().columns());
    scaleGradient = head.room(ends.in().columns());
    sigmoids = new Sigmoids(OneDnn.find().orElseThrow(), scale);
  }

  @Override
  public void forward(int rows) {
    Matrix z = ends.in().rows(0, rows);
    Matrix h = squeezed.rows(0, rows);
    threads.run(
        Pieces.columns(
            h.columns(),
            (from, count) -> {
              Matrix some = h.columns(from, count);
              Matrix.multiply(z, first.value().columns(from, count), some, 0);
              float[] row = new float[count];
              for (int i = 0; i < rows; i++) {
                some.read(i, row);
                for (int j = 0; j < count; j++) {
                  row[j] = Math.max(row[j], 0);
                }
                some.write(i, row);
              }
            }));
    threads.run(Pieces.product(h, second.value(), scale.rows(0, rows), 0));
    threads.run(Gate.forward(ends, scale, sigmoids, rows));
  }

  @Override
  public void backward(int rows) {
    Matrix h = squeezed.rows(0, rows);
    Matrix dh = squeezedGradient.rows(0, rows);
    Matrix da = scaleGradient.rows(0, rows);
    threads.run(Gate.backward(ends, scale, scaleGradient, rows));
    threads.run(Pieces.columns(dh.columns(), (from, count) -> squeeze(da, h, dh, from, count)));
    threads.run(Pieces.product(dh, first.value().transpose(), ends.inGradient().rows(0, rows), 1));
  }

  @Override
  public List<Runnable> gradients(int rows, GradientUse use) {
    Matrix z = ends.in().rows(0, rows);
    Matrix h = squeezed.rows(0, rows);
    Matrix dh = squeezedGradient.rows(0, rows);
    Matrix da = scaleGradient.rows(0, rows);
    return Pieces.together(
        List.of(
            Pieces.gradient(z.transpose(), dh, first, use),
            Pieces.gradient(h.transpose(), da, second, use)));
  }

  /** Some columns of dh. */
  private void squeeze(Matrix da, Matrix h, Matrix dh, int from, int count) {
    Matrix some = dh.columns(from, count);
    Matrix.multiply(da, second.value().rows(from, count).transpose(), some, 0);
    Matrix squeezed = h.columns(from, count);
    float[] values = new float[count];
    float[] gradient = new float[count];
    for (int row = 0; row < some.rows(); row++) {
      squeezed.read(row, values);
      some.read(row, gradient);
      for (int i = 0; i < count; i++) {
        gradient[i] = values[i] > 0 ? gradient[i] : 0;
      }
      some.write(row, gradient);
    }
  }

  @Override
  public void close() {
    sigmoids.close();
  }
}
