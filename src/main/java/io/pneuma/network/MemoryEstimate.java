package io.pneuma.network;

import java.util.Map;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.graph.ComputationGraph;

/** What a graph will need of native memory, from its shapes, before it runs. */
public final class MemoryEstimate {
  private static final long FLOAT = 4;

  private MemoryEstimate() {}

  static Map<String, InputType> activations(
      ComputationGraphConfiguration configuration, int imageSize) {
    return configuration.getLayerActivationTypes(InputType.convolutional(imageSize, imageSize, 3));
  }

  /**
   * Bytes of a forward pass: the parameters, and for each image some of its activations at a time.
   * Measured peaks stay below it; see docs/decisions/memory.md.
   */
  public static long inference(ComputationGraph network, int imageSize, int batch) {
    long largest =
        activations(network.getConfiguration(), imageSize).values().stream()
            .mapToLong(InputType::arrayElementsPerExample)
            .max()
            .orElse(0);
    return FLOAT * (network.numParams() + 6 * largest * batch);
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
    return FLOAT * (4 * network.numParams() + 2 * all * batch);
  }
}
