package io.pneuma.backprop;

import io.pneuma.backprop.AdamStep.Block;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.nd4j.linalg.learning.config.Adam;

/**
 * One update by Adam: of all parameters, or of blocks of them, each of which gives up its gradient
 * to the cache of the thread that has just computed it.
 *
 * <p>Kingma and Ba, "Adam" (2015), section 2, with epsilon where Deeplearning4j has it, g the mean
 * gradient and t the steps so far with this one:
 *
 * <pre>
 * m = b1 m + (1 - b1) g    v = b2 v + (1 - b2) g^2
 * x = x - a m / (sqrt(v) + e) - d x
 * a = learning rate * sqrt(1 - b2^t) / (1 - b1^t)      d = learning rate * weight decay
 * </pre>
 *
 * <p>The last term is Loshchilov and Hutter's, "Decoupled weight decay regularization" (2019),
 * algorithm 2, as Deeplearning4j has it.
 */
final class AdamUpdate implements GradientUse {
  /** Numbers for which all four arrays lie in the nearest cache. */
  private static final int CHUNK = 512;

  private static final int CHUNKS_A_PIECE = 64;

  /**
   * Added and taken off again, it stops the moments of a parameter that gets no gradient any more
   * at zero or some 1e-37, before they become denormal numbers, with which processors are many
   * times slower. A number above 1e-22 keeps all its bits.
   */
  private static final float NOTHING = 1e-30f;

  private final Parameter all;
  private final List<Block> blocks;
  private final int iteration;
  private final int epoch;
  private final float share; // Of a row in the gradient.

  AdamUpdate(Parameter all, List<Block> blocks, int iteration, int epoch, int rows) {
    this.all = all;
    this.blocks = blocks;
    this.iteration = iteration;
    this.epoch = epoch;
    this.share = 1f / rows;
  }

  /** Work on all parameters, by the gradients where Deeplearning4j has them. */
  List<Runnable> all(boolean keepUpdates) {
    List<Runnable> pieces = new ArrayList<>();
    for (Block block : blocks) {
      pieces.addAll(
          Pieces.cut(
              block.length(),
              CHUNK * CHUNKS_A_PIECE,
              (from, count) -> {
                int start = block.start() + from;
                Matrix gradient = all.gradient().columns(start, count);
                new Chunks(block, CHUNK).update(start, gradient, keepUpdates);
              }));
    }
    return pieces;
  }

  @Override
  public void take(Parameter block, Consumer<Matrix> compute) {
    Matrix values = block.value();
    Matrix gradient = Scratch.GRADIENT.room(values.rows(), values.columns());
    compute.accept(gradient);
    int first = values.place(0);
    Block holder =
        blocks.stream()
            .filter(one -> one.start() <= first && first < one.start() + one.length())
            .findFirst()
            .orElseThrow();
    Chunks chunks = new Chunks(holder, Math.min(CHUNK, values.columns()));
    for (int row = 0; row < values.rows(); row++) {
      chunks.update(values.place(row), gradient.rows(row, 1), false);
    }
  }

  /** Updates a chunk after the other, in arrays of Java, whose loops become vector instructions. */
  private final class Chunks {
    private final Block block;
    private final float[] x;
    private final float[] g;
    private final float[] m;
    private final float[] v;
    private final float b1;
    private final float b2;
    private final float epsilon;
    private final float step;
    private final float shrink;

    Chunks(Block block, int size) {
      this.block = block;
      this.x = new float[size];
      this.g = new float[size];
      this.m = new float[size];
      this.v = new float[size];
      Adam adam = block.adam();
      this.b1 = (float) adam.getBeta1();
      this.b2 = (float) adam.getBeta2();
      this.epsilon = (float) adam.getEpsilon();
      double rate = adam.getLearningRate(iteration, epoch);
      double bias1 = 1 - Math.pow(adam.getBeta1(), iteration + 1);
      double bias2 = 1 - Math.pow(adam.getBeta2(), iteration + 1);
      this.step = (float) (rate * Math.sqrt(bias2) / bias1);
      double decay =
          block.decay().map(kind -> kind.getCoeff().valueAt(iteration, epoch)).orElse(0.0);
      this.shrink = (float) (rate * decay);
    }

    /** Updates the parameters from {@code start} among all on, as many as the gradient has. */
    void update(int start, Matrix gradient, boolean keepUpdates) {
      for (int from = 0; from < gradient.columns(); from += x.length) {
        int count = Math.min(x.length, gradient.columns() - from);
        Matrix values = all.value().columns(start + from, count);
        Matrix gradients = gradient.columns(from, count);
        Matrix mean = block.mean().columns(start + from - block.start(), count);
        Matrix variance = block.variance().columns(start + from - block.start(), count);
        values.read(0, x);
        gradients.read(0, g);
        mean.read(0, m);
        variance.read(0, v);
        update(x, g, m, v, count, b1, b2, epsilon, step, share, shrink);
        values.write(0, x);
        mean.write(0, m);
        variance.write(0, v);
        if (keepUpdates) {
          gradients.write(0, g);
        }
      }
    }

    private static void update(
        float[] x,
        float[] g,
        float[] m,
        float[] v,
        int count,
        float b1,
        float b2,
        float epsilon,
        float step,
        float share,
        float shrink) {
      float c1 = 1 - b1;
      float c2 = 1 - b2;
      for (int i = 0; i < count; i++) {
        float gradient = g[i] * share;
        float mean = b1 * m[i] + c1 * gradient + NOTHING - NOTHING;
        float variance = b2 * v[i] + c2 * gradient * gradient + NOTHING - NOTHING;
        // Divided first, for the product of step and such a mean would be denormal.
        float update = step * (mean / ((float) Math.sqrt(variance) + epsilon)) + shrink * x[i];
        m[i] = mean;
        v[i] = variance;
        g[i] = update;
        x[i] -= update;
      }
    }
  }
}
