package io.pneuma.backprop;

import io.pneuma.layers.FeatureDropout;
import java.util.List;
import java.util.Optional;

/** The features on their way to the output, some of which a step leaves out. */
final class LeftOutFeatures {
  private final FeatureDropout dropout;
  private final Matrix all;
  private final Matrix allGradient;
  private final Matrix kept;
  private Optional<float[][]> factors = Optional.empty(); // Of the last pass in training.

  /**
   * Dropout.
   *
   * @param all B x C, what comes in
   * @param allGradient the gradient with respect to it
   * @param kept B x C, what goes out
   */
  LeftOutFeatures(FeatureDropout dropout, Matrix all, Matrix allGradient, Matrix kept) {
    this.dropout = dropout;
    this.all = all;
    this.allGradient = allGradient;
    this.kept = kept;
  }

  /** What goes out: B x C. */
  Matrix kept() {
    return kept;
  }

  /** Draws which features the next pass leaves out. */
  void draw(int rows, int iteration) {
    factors = Optional.of(dropout.factors(rows, all.columns(), iteration));
  }

  /** The next pass leaves nothing out. */
  void keepAll() {
    factors = Optional.empty();
  }

  List<Runnable> forward(int rows) {
    return scaled(all, kept, rows);
  }

  /** From the gradient with respect to what goes out, in its own place, to that of what came in. */
  List<Runnable> backward(int rows) {
    return scaled(allGradient, allGradient, rows);
  }

  private List<Runnable> scaled(Matrix from, Matrix to, int rows) {
    return Pieces.cut(
        rows,
        Pieces.ROWS,
        (first, count) -> {
          float[] values = new float[from.columns()];
          for (int row = first; row < first + count; row++) {
            from.read(row, values);
            if (factors.isPresent()) {
              float[] factor = factors.get()[row];
              for (int i = 0; i < values.length; i++) {
                values[i] *= factor[i];
              }
            }
            to.write(row, values);
          }
        });
  }
}
