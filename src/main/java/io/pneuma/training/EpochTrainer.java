package io.pneuma.training;

import io.pneuma.backprop.ParameterAverage;
import io.pneuma.images.ImageView;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.function.LongConsumer;
import org.deeplearning4j.nn.graph.ComputationGraph;

/** Workers that share the minibatches of a training whose backbones learn. */
public interface EpochTrainer {
  /** How many there are. */
  int workers();

  /**
   * Trains a graph through an epoch, and leaves it as it is after that: parameters, moments,
   * counts, and the average of the parameters where there is one. An epoch comes out the same for
   * the same number of workers.
   *
   * @param rules what workers are to know of the recipe
   * @param epoch from 1
   * @param views in the order in which the epoch shows them
   * @param done called with the number of views that were shown so far, now and then
   * @return the mean loss
   */
  double train(
      ComputationGraph graph,
      Optional<ParameterAverage> average,
      SharedEpoch.Rules rules,
      int epoch,
      List<ImageView> views,
      LongConsumer done)
      throws IOException;
}
