package io.pneuma.backprop;

import io.pneuma.computation.UnsupportedLayerException;
import io.pneuma.onednn.OneDnn;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Trains a graph with one softmax output, a minibatch at a time, as fast as this machine can. The
 * graph's parameters, moments, counts, score and listeners are what Deeplearning4j's {@code fit}
 * would leave and call.
 */
public interface TrainingStep extends ForwardPass {
  /** The longest gradient where any is allowed. */
  double NO_CLIPPING = Double.POSITIVE_INFINITY;

  /**
   * One step of the optimiser.
   *
   * @param inputs B rows for each of the graph's inputs
   * @param targets B x K, what each of K classes is to have of each row: 1 of its label's and 0 of
   *     the others', or shares that add up to 1
   * @param watched whether the graph's listeners may look at activations, gradients and updates of
   *     this step, which then takes longer; else they may be told no more than that it is done
   * @return the mean loss over the batch, before the step
   */
  double fit(INDArray[] inputs, float[][] targets, boolean watched);

  /** K, the number of classes. */
  int classes();

  /**
   * Whether Deeplearning4j's statistics look at a graph's next step: they do at one for the next
   * report, and at that of the report.
   */
  static boolean isWatched(ComputationGraph graph, int reportEvery) {
    return graph.getConfiguration().getIterationCount() % reportEvery <= 1;
  }

  /**
   * A step that the graph's listeners watch, if it has any.
   *
   * @param labels the class of each row
   */
  default double fit(INDArray[] inputs, int[] labels) {
    return fit(inputs, targets(labels), true);
  }

  /** All of each row to the class of its label. */
  default float[][] targets(int[] labels) {
    float[][] targets = new float[labels.length][classes()];
    for (int row = 0; row < labels.length; row++) {
      targets[row][labels[row]] = 1;
    }
    return targets;
  }

  /**
   * Makes the steps of a graph. What a head computes is the same whatever the number of threads;
   * what backbones compute is the same for the same number.
   *
   * @param batch rows of the largest batch
   * @param threads that it may use
   * @param clipNorm the longest gradient, of the mean loss; a longer one is made as long
   */
  static TrainingStep of(ComputationGraph graph, int batch, int threads, double clipNorm) {
    return of(graph, batch, threads, threads, clipNorm, GradientExchange.ALONE);
  }

  /**
   * Makes the steps of a graph whose minibatches several workers share. Each has the same graph,
   * and keeps it so.
   *
   * @param batch rows of the largest part of a batch that this worker has
   * @param exchange with the others
   */
  static TrainingStep of(
      ComputationGraph graph, int batch, int threads, double clipNorm, GradientExchange exchange) {
    return of(graph, batch, threads, threads, clipNorm, exchange);
  }

  /** The same, which gives the last digits of so many threads as {@code like} where none learns. */
  private static TrainingStep of(
      ComputationGraph graph,
      int batch,
      int threads,
      int like,
      double clipNorm,
      GradientExchange exchange) {
    try {
      return new CompiledTraining(
          OneDnn.require(), graph, batch, threads, like, clipNorm, exchange);
    } catch (UnsupportedLayerException e) {
      Logger log = LoggerFactory.getLogger(TrainingStep.class);
      log.info("Deeplearning4j trains this graph by its layers: {}", e.getMessage());
      return new GraphTraining(graph, clipNorm, exchange);
    }
  }

  /** The steps of a graph whose gradients may be of any length. */
  static TrainingStep of(ComputationGraph graph, int batch, int threads) {
    return of(graph, batch, threads, NO_CLIPPING);
  }

  /** What {@link ForwardPass#of(ComputationGraph, int, int, int)} tells. */
  static TrainingStep forward(ComputationGraph graph, int batch, int threads, int like) {
    return of(graph, batch, threads, like, NO_CLIPPING, GradientExchange.ALONE);
  }

  /**
   * Native bytes that the steps of a whole graph hold at a time for activations, their gradients
   * and the like, and its validation; parameters, gradients and moments come besides.
   *
   * @param imageSize height and width of the images
   * @param batch rows of the largest batch
   * @param threads that they may use
   */
  static long bytes(ComputationGraph graph, int imageSize, int batch, int threads) {
    try {
      return CompiledTraining.bytes(OneDnn.require(), graph, imageSize, batch, threads);
    } catch (UnsupportedLayerException e) {
      return GraphTraining.bytes(graph, imageSize, batch);
    }
  }

  /** Makes the steps of a graph by Deeplearning4j's own layers. */
  static TrainingStep byLayers(ComputationGraph graph) {
    return new GraphTraining(graph, NO_CLIPPING);
  }
}
