package io.pneuma.computation;

import io.pneuma.layers.Pointwise;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.activations.impl.ActivationIdentity;
import org.nd4j.linalg.activations.impl.ActivationReLU;
import org.nd4j.linalg.activations.impl.ActivationReLU6;
import org.nd4j.linalg.activations.impl.ActivationSigmoid;
import org.nd4j.linalg.activations.impl.ActivationSwish;
import org.nd4j.linalg.activations.impl.ActivationTanH;

/** What a step does to each value last. */
public enum Activation {
  IDENTITY,
  /** max(x, 0). */
  RELU,
  /** min(max(x, 0), 6). */
  RELU6,
  /** x sigmoid(x), also known as SiLU. */
  SWISH,
  /** x min(max(x + 3, 0), 6)/6. */
  HARD_SWISH,
  /** x/2 (1 + erf(x/sqrt(2))). */
  GELU,
  /** 1/(1 + exp(-x)). */
  SIGMOID,
  /** (exp(x) - exp(-x))/(exp(x) + exp(-x)). */
  TANH;

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
    if (function instanceof ActivationTanH) {
      return TANH;
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
