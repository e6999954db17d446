package io.pneuma.training;

import io.pneuma.backprop.ParameterAverage;
import java.util.Optional;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Whether the parameters that learn are shown themselves or as their moving average. */
interface Averaging extends AutoCloseable {
  /** They are shown themselves. */
  Averaging NONE =
      new Averaging() {
        @Override
        public void step() {}

        @Override
        public void show() {}

        @Override
        public void hide() {}

        @Override
        public Optional<INDArray> learning() {
          return Optional.empty();
        }

        @Override
        public void close() {}
      };

  /**
   * Their moving average is shown.
   *
   * @param learning the parameters to train on from, where the graph has their average
   * @param decay what the average keeps of itself at a step
   */
  static Averaging of(
      ComputationGraph graph, Optional<INDArray> learning, double decay, int threads) {
    INDArray average = graph.params().dup();
    learning.ifPresent(graph::setParams);
    ParameterAverage mean = new ParameterAverage(graph, average, decay, threads);
    return new Averaging() {
      @Override
      public void step() {
        mean.step();
      }

      @Override
      public void show() {
        mean.swap();
      }

      @Override
      public void hide() {
        mean.swap();
      }

      @Override
      public Optional<INDArray> learning() {
        return Optional.of(mean.learning());
      }

      @Override
      public void close() {
        mean.close();
      }
    };
  }

  /** A step has been made. */
  void step();

  /** Puts what is shown into the graph. */
  void show();

  /** Puts what learns back into the graph. */
  void hide();

  /** What learns, while something else is shown. */
  Optional<INDArray> learning();

  @Override
  void close();
}
