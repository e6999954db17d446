package io.pneuma.inference;

import io.pneuma.computation.GraphReader;
import io.pneuma.computation.Shape;
import java.util.concurrent.CompletableFuture;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** Deeplearning4j's own forward pass. */
record GraphFeaturiser(ComputationGraph graph) implements Featuriser {
  /** Activations that a pass holds at a time, as docs/decisions/memory.md has it. */
  private static final long HELD = 6;

  @Override
  public CompletableFuture<float[]> start(INDArray images) {
    int count = Math.toIntExact(images.size(0));
    float[] features = {};
    for (int first = 0; first < count; first += MOST_IN_A_PASS) {
      int end = Math.min(first + MOST_IN_A_PASS, count);
      INDArray some = images.get(NDArrayIndex.interval(first, end), NDArrayIndex.all());
      float[] rows = graph.outputSingle(some).dup('c').data().asFloat();
      if (first == 0) {
        features = new float[rows.length / end * count];
      }
      System.arraycopy(rows, 0, features, rows.length / (end - first) * first, rows.length);
    }
    return CompletableFuture.completedFuture(features);
  }

  /** Bytes of a few of the largest activations of a pass. */
  static long bytes(ComputationGraph graph, int height, int width) {
    Shape image = new Shape(3, height, width);
    long largest = GraphReader.activations(graph, image).max().orElse(0);
    return HELD * Float.BYTES * largest * MOST_IN_A_PASS;
  }

  @Override
  public void close() {}
}
