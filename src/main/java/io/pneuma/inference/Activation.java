package io.pneuma.inference;

import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.activations.impl.ActivationIdentity;
import org.nd4j.linalg.activations.impl.ActivationReLU;
import org.nd4j.linalg.activations.impl.ActivationReLU6;

/** What a step does to each value last. */
public enum Activation {
  IDENTITY,
  /** max(x, 0). */
  RELU,
  /** min(max(x, 0), 6). */
  RELU6;

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
}
