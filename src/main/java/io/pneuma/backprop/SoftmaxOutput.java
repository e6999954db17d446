package io.pneuma.backprop;

import java.util.Arrays;
import java.util.List;
import java.util.function.IntFunction;

/**
 * Softmax over K classes and its weighted cross-entropy, as Deeplearning4j's {@code LossMCXENT} has
 * them.
 *
 * <pre>
 * p = softmax(in W + b)      loss = -mean(sum_k w_k y_k log p_k)      d loss / d logits_k = p_k sum_j w_j y_j - w_k y_k
 * </pre>
 */
final class SoftmaxOutput {
  private final Matrix in;
  private final Matrix inGradient;
  private final Parameter weight;
  private final Parameter bias;
  private final float[] classWeights;
  private final double clip;
  private final Matrix logits;
  private final Matrix logitsGradient;
  private final float[][] probabilities;

  /**
   * An output layer.
   *
   * @param in B x C
   * @param logits room for B x K, in the memory of the head, like the next
   * @param classWeights one for each of K classes
   * @param clip no probability counts as less than this, or as more than 1 less this
   */
  SoftmaxOutput(
      Matrix in,
      Matrix inGradient,
      Matrix logits,
      Matrix logitsGradient,
      Parameter weight,
      Parameter bias,
      float[] classWeights,
      double clip) {
    this.in = in;
    this.inGradient = inGradient;
    this.logits = logits;
    this.logitsGradient = logitsGradient;
    this.weight = weight;
    this.bias = bias;
    this.classWeights = classWeights;
    this.clip = clip;
    this.probabilities = new float[in.rows()][logits.columns()];
  }

  /** What the last forward pass gave: rows x K. */
  float[][] probabilities(int rows) {
    return Arrays.copyOf(probabilities, rows);
  }

  List<Runnable> forward(int rows) {
    float[] shift = new float[logits.columns()];
    bias.value().read(0, shift);
    return Pieces.cut(
        rows,
        Pieces.ROWS,
        (from, count) -> {
          for (int row = from; row < from + count; row++) {
            logits.write(row, shift);
          }
          Matrix.multiply(in.rows(from, count), weight.value(), logits.rows(from, count), 1);
          for (int row = from; row < from + count; row++) {
            logits.read(row, probabilities[row]);
            softmax(probabilities[row]);
          }
        });
  }

  private static void softmax(float[] logits) {
    float most = Float.NEGATIVE_INFINITY;
    for (float logit : logits) {
      most = Math.max(most, logit);
    }
    double sum = 0;
    for (int i = 0; i < logits.length; i++) {
      logits[i] = (float) Math.exp(logits[i] - most);
      sum += logits[i];
    }
    for (int i = 0; i < logits.length; i++) {
      logits[i] = (float) (logits[i] / sum);
    }
  }

  /**
   * The mean of the loss after a forward pass, in the order of the rows.
   *
   * @param targets y, B x K
   */
  double loss(float[][] targets) {
    double loss = 0;
    for (int row = 0; row < targets.length; row++) {
      for (int k = 0; k < classWeights.length; k++) {
        if (targets[row][k] != 0) {
          double p = probabilities[row][k];
          p = p < clip ? clip : p > 1 - clip ? 1 - clip : p;
          loss -= classWeights[k] * targets[row][k] * Math.log(p);
        }
      }
    }
    return loss / targets.length;
  }

  /** The gradient of the loss with respect to what came in. */
  List<Runnable> backward(float[][] targets) {
    return backward(targets.length, row -> gradient(probabilities[row], targets[row]));
  }

  /**
   * The gradient of log(p_k / (1 - p_k)) with respect to what came in.
   *
   * @param classes k, one for each row
   */
  List<Runnable> backwardOfLogOdds(int[] classes) {
    return backward(classes.length, row -> ofLogOdds(probabilities[row], classes[row]));
  }

  private List<Runnable> backward(int rows, IntFunction<float[]> gradients) {
    return Pieces.cut(
        rows,
        Pieces.ROWS,
        (from, count) -> {
          for (int row = from; row < from + count; row++) {
            logitsGradient.write(row, gradients.apply(row));
          }
          Matrix.multiply(
              logitsGradient.rows(from, count),
              weight.value().transpose(),
              inGradient.rows(from, count),
              0);
        });
  }

  private float[] gradient(float[] p, float[] target) {
    float[] weighted = new float[p.length];
    float sum = 0;
    for (int k = 0; k < p.length; k++) {
      weighted[k] = classWeights[k] * target[k];
      sum += weighted[k];
    }
    for (int k = 0; k < p.length; k++) {
      weighted[k] = p[k] * sum - weighted[k];
    }
    return weighted;
  }

  /** 1 for the class itself, and less what each of the others holds of their probability. */
  private static float[] ofLogOdds(float[] p, int which) {
    double others = 0;
    for (int k = 0; k < p.length; k++) {
      others += k == which ? 0 : p[k];
    }
    float[] gradient = new float[p.length];
    for (int k = 0; k < p.length; k++) {
      // Two classes need no division, and so keep their gradient where the other's p is 0.
      double share = p.length == 2 ? 1 : others == 0 ? 1.0 / (p.length - 1) : p[k] / others;
      gradient[k] = k == which ? 1 : (float) -share;
    }
    return gradient;
  }

  /** The gradients of weight and bias, after {@link #backward}. */
  List<Runnable> gradients(int rows, GradientUse use) {
    return new Dense(weight, bias, logits, logitsGradient).gradients(in.rows(0, rows), use);
  }
}
