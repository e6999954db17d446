package io.pneuma.computation;

import io.pneuma.layers.Pointwise;
import org.bytedeco.dnnl.global.dnnl;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.activations.impl.ActivationIdentity;
import org.nd4j.linalg.activations.impl.ActivationReLU;
import org.nd4j.linalg.activations.impl.ActivationReLU6;
import org.nd4j.linalg.activations.impl.ActivationSigmoid;
import org.nd4j.linalg.activations.impl.ActivationSwish;

/** What a step does to each value last. */
public enum Activation {
  IDENTITY(dnnl.dnnl_eltwise_linear, 1, 0),
  /** max(x, 0). */
  RELU(dnnl.dnnl_eltwise_relu, 0, 0),
  /** min(max(x, 0), 6). */
  RELU6(dnnl.dnnl_eltwise_clip, 0, 6),
  /** x sigmoid(x), also known as SiLU. */
  SWISH(dnnl.dnnl_eltwise_swish, 1, 0),
  /** x min(max(x + 3, 0), 6)/6. */
  HARD_SWISH(dnnl.dnnl_eltwise_hardswish, 0, 0),
  /** x/2 (1 + erf(x/sqrt(2))). */
  GELU(dnnl.dnnl_eltwise_gelu_erf, 0, 0),
  /** 1/(1 + exp(-x)). */
  SIGMOID(dnnl.dnnl_eltwise_logistic, 0, 0);

  /** oneDNN's. */
  public final int algorithm;

  public final float alpha;
  public final float beta;

  Activation(int algorithm, float alpha, float beta) {
    this.algorithm = algorithm;
    this.alpha = alpha;
    this.beta = beta;
  }

  /**
   * Deeplearning4j's.
   *
   * @param layer for the message
   */
  static Activation of(String layer, IActivation function) {
    if (function instanceof ActivationIdentity) {
      return IDENTITY;
    }
    if (function instanceof ActivationReLU6) {
      return RELU6;
    }
    if (function instanceof ActivationSwish) {
      return SWISH;
    }
    if (function instanceof ActivationSigmoid) {
      return SIGMOID;
    }
    if (function instanceof ActivationReLU relu
        && isZero(relu.getThreshold())
        && isZero(relu.getNegativeSlope())) {
      if (relu.getMax() == null) {
        return RELU;
      }
      if (relu.getMax() == 6) {
        return RELU6;
      }
    }
    throw new UnsupportedLayerException(layer, function);
  }

  private static boolean isZero(Double setting) {
    return setting == null || setting == 0;
  }

  static Activation of(Pointwise.Kind kind) {
    return switch (kind) {
      case GELU -> GELU;
      case HARD_SWISH -> HARD_SWISH;
    };
  }
}
