package io.pneuma.inference;

import java.util.concurrent.CompletableFuture;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** Deeplearning4j's own forward pass. */
record GraphFeaturiser(ComputationGraph graph) implements Featuriser {
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

  @Override
  public void close() {}
}
