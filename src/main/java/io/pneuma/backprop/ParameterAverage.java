package io.pneuma.backprop;

import io.pneuma.platform.Threads;
import java.util.Optional;
import org.bytedeco.javacpp.FloatPointer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The exponential moving average of a graph's parameters, statistics included: Polyak and Juditsky,
 * "Acceleration of stochastic approximation by averaging" (1992), in the form that forgets. The
 * first steps weigh more, as in TensorFlow's {@code ExponentialMovingAverage}: after t steps it
 * keeps of itself {@code min(decay, (1 + t) / (10 + t))}.
 */
public final class ParameterAverage implements AutoCloseable {
  private static final int CHUNK = 1 << 15;

  private final ComputationGraph graph;
  private final double decay;
  private final Threads threads;
  private final INDArray average;
  private boolean swapped;

  /**
   * An average of the parameters that a graph has, and of those to come.
   *
   * @param learning the parameters to train on from, where the graph has their average
   * @param decay what it keeps of itself at a step, below 1
   */
  public static ParameterAverage of(
      ComputationGraph graph, Optional<INDArray> learning, double decay, int threads) {
    INDArray average = graph.params().dup();
    learning.ifPresent(graph::setParams);
    return new ParameterAverage(graph, average, decay, threads);
  }

  private ParameterAverage(ComputationGraph graph, INDArray average, double decay, int threads) {
    this.graph = graph;
    this.average = average;
    this.decay = decay;
    this.threads = new Threads(threads);
  }

  /** Takes in the parameters after a step. */
  public void step() {
    int steps = graph.getConfiguration().getIterationCount();
    double kept = Math.min(decay, (1.0 + steps) / (10.0 + steps));
    float share = (float) (1 - kept);
    Matrix now = row(graph.params());
    Matrix mean = row(average);
    threads.run(
        Pieces.cut(
            now.columns(),
            CHUNK,
            (from, count) -> {
              float[] x = new float[count];
              float[] a = new float[count];
              now.columns(from, count).read(0, x);
              mean.columns(from, count).read(0, a);
              for (int i = 0; i < count; i++) {
                a[i] += share * (x[i] - a[i]);
              }
              mean.columns(from, count).write(0, a);
            }));
  }

  private static Matrix row(INDArray array) {
    return Matrix.of(
        new FloatPointer(array.data().addressPointer()), 1, Math.toIntExact(array.length()));
  }

  /** Puts the average in the place of the graph's parameters, or these back into their place. */
  public void swap() {
    INDArray kept = graph.params().dup();
    graph.params().assign(average.reshape(graph.params().shape()));
    average.assign(kept.reshape(average.shape()));
    swapped = !swapped;
  }

  /** The average itself, while the graph has the parameters that learn. */
  public INDArray average() {
    if (swapped) {
      throw new IllegalStateException("the graph has it");
    }
    return average;
  }

  /** The parameters that learn, while the average is in their place. */
  public INDArray learning() {
    if (!swapped) {
      throw new IllegalStateException("the graph has them");
    }
    return average;
  }

  @Override
  public void close() {
    threads.close();
  }
}
