package io.pneuma.backbone;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.util.stream.IntStream;
import java.util.zip.CRC32;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Weights and images that a formula gives, so that any program can compute the same network without
 * a file: with i the index in C order and c = crc32(key) mod 1000, s(i) = sin(0.7 i + chirp i^2 +
 * c).
 */
public final class FormulaWeights {
  private FormulaWeights() {}

  /**
   * What the formula leaves open.
   *
   * @param chirp without one a 1 x 1 convolution has rank 2, and a network of little else soon
   *     answers the same for every image
   * @param gain about the weight of each normalisation
   */
  public record Formula(double chirp, double gain) {
    /** torch_golden.py's. */
    public static final Formula PLAIN = new Formula(0, 0.5);

    /** The one that a golden file was made with. */
    public static Formula of(JsonNode golden) {
      return golden.has("chirp")
          ? new Formula(golden.get("chirp").asDouble(), golden.get("gain").asDouble())
          : PLAIN;
    }
  }

  /** Fills every parameter behind the prefix. */
  public static void fill(ComputationGraph graph, String prefix) {
    fill(graph, prefix, Formula.PLAIN);
  }

  /** The same by another formula. */
  public static void fill(ComputationGraph graph, String prefix, Formula formula) {
    Parameter.of(graph, prefix).forEach(p -> p.assign(values(p.key(), p.shape(), formula)));
  }

  /** The values of one key: a convolution, a fully connected layer or a normalisation. */
  public static float[] values(String key, long[] shape) {
    return values(key, shape, Formula.PLAIN);
  }

  private static float[] values(String key, long[] shape, Formula formula) {
    CRC32 crc = new CRC32();
    crc.update(key.getBytes(StandardCharsets.UTF_8));
    double phase = crc.getValue() % 1000;
    int length = 1;
    for (long side : shape) {
      length *= Math.toIntExact(side);
    }
    double fanIn = (double) length / shape[0];
    float[] values = new float[length];
    IntStream.range(0, length)
        .parallel()
        .forEach(
            i -> {
              double s = Math.sin(0.7 * i + formula.chirp * i * i + phase);
              values[i] = (float) value(key, shape.length, fanIn, formula.gain, s);
            });
    return values;
  }

  private static double value(String key, int rank, double fanIn, double gain, double s) {
    if (key.endsWith("running_mean")) {
      return 0.1 * s;
    }
    if (key.endsWith("running_var")) {
      return 1 + 0.5 * s * s;
    }
    if (rank > 1) {
      return s * Math.sqrt(2 / fanIn) * Math.sqrt(2);
    }
    return key.endsWith("weight") ? gain + 0.1 * s : 0.1 * s;
  }

  /** Images x[n,c,h,w] = 0.5 + 0.5 sin(0.013 j + n), j the index in C order. */
  public static INDArray images(int batch, int size) {
    int length = 3 * size * size;
    float[] pixels = new float[batch * length];
    for (int n = 0; n < batch; n++) {
      for (int j = 0; j < length; j++) {
        pixels[n * length + j] = (float) (0.5 + 0.5 * Math.sin(0.013 * j + n));
      }
    }
    return Nd4j.createFromArray(pixels).reshape('c', batch, 3, size, size);
  }
}
