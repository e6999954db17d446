package io.pneuma.network;

import java.util.Map;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.graph.ComputationGraph;

/** What a graph will need of native memory, from its shapes, before it runs. */
public final class MemoryEstimate {
  private static final long FLOAT = 4;

  private static final long HEAD_ACTIVATIONS = 64L << 20;

  private MemoryEstimate() {}

  static Map<String, InputType> activations(
      ComputationGraphConfiguration configuration, int imageSize) {
    return configuration.getLayerActivationTypes(InputType.convolutional(imageSize, imageSize, 3));
  }

  /** Bytes of a graph's parameters. */
  public static long parameters(ComputationGraph network) {
    return FLOAT * network.numParams();
  }

  /**
   * Bytes of training a head alone: parameters, gradients, Adam's two moments and a copy of them
   * while a step computes; its activations are few.
   */
  public static long head(ComputationGraph head) {
    return 5 * parameters(head) + HEAD_ACTIVATIONS;
  }
}
