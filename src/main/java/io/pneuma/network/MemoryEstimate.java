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
   * Bytes of the activations that a forward pass holds at a time: a few of the largest for each
   * image. docs/decisions/memory.md has what was measured.
   */
  public static long activations(ComputationGraph network, int imageSize, int batch) {
    long largest =
        activations(network.getConfiguration(), imageSize).values().stream()
            .mapToLong(InputType::arrayElementsPerExample)
            .max()
            .orElse(0);
    return FLOAT * 6 * largest * batch;
  }

  /**
   * Bytes of a training step: parameters, gradients and Adam's two moments; and for each image all
   * activations, which the backward pass needs, with their gradients.
   */
  public static long training(ComputationGraph network, int imageSize, int batch) {
    long all =
        activations(network.getConfiguration(), imageSize).values().stream()
            .mapToLong(InputType::arrayElementsPerExample)
            .sum();
    return 4 * parameters(network) + FLOAT * 2 * all * batch;
  }

  /**
   * Bytes of training a head alone: parameters, gradients, Adam's two moments and a copy of them
   * while a step computes; its activations are few.
   */
  public static long head(ComputationGraph head) {
    return 5 * parameters(head) + HEAD_ACTIVATIONS;
  }
}
