package io.pneuma.backprop;

import io.pneuma.inference.UnsupportedLayerException;
import java.lang.ref.Reference;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.FloatPointer;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.optimize.api.TrainingListener;
import org.deeplearning4j.optimize.solvers.BaseOptimizer;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Steps of a graph that is a head alone: its inputs are features. */
final class HeadTraining implements TrainingStep {
  private final ComputationGraph graph;
  private final int most;
  private final List<String> inputs;
  private final AdamStep adam;
  private final Threads threads;
  private HeadStep head; // Made with the first batch, which tells the features' widths.

  /**
   * Reads a graph.
   *
   * @param most rows of the largest batch
   * @throws UnsupportedLayerException when a layer is not known here, naming it
   */
  HeadTraining(ComputationGraph graph, int most, int threads) {
    this.graph = graph;
    this.most = most;
    this.inputs = graph.getConfiguration().getNetworkInputs();
    HeadReader.read(graph, inputs);
    this.adam = new AdamStep(graph);
    this.threads = new Threads(threads);
  }

  private HeadStep head(INDArray[] features) {
    if (head == null) {
      int[] widths = Arrays.stream(features).mapToInt(array -> (int) array.size(1)).toArray();
      head = new HeadStep(graph, inputs, widths, most, threads);
    }
    return head;
  }

  private static INDArray[] dense(INDArray[] arrays) {
    return Arrays.stream(arrays)
        .map(array -> array.ordering() == 'c' && !array.isView() ? array : array.dup('c'))
        .toArray(INDArray[]::new);
  }

  private static FloatPointer[] pointers(INDArray[] arrays) {
    return Arrays.stream(arrays)
        .map(array -> new FloatPointer(array.data().addressPointer()))
        .toArray(FloatPointer[]::new);
  }

  @Override
  public double fit(INDArray[] inputs, int[] labels) {
    Threads.keepToOne();
    INDArray[] features = dense(inputs);
    boolean watched = !graph.getListeners().isEmpty();
    if (watched && graph.gradient() == null) {
      nameGradients(features);
    }
    double loss = forwardBackward(features, labels);
    graph.setScore(loss);
    if (watched) {
      tellOfGradients(features);
    }
    adam.apply(threads, labels.length, watched);
    if (watched) {
      int iteration = graph.getConfiguration().getIterationCount();
      int epoch = graph.getConfiguration().getEpochCount();
      for (TrainingListener listener : graph.getListeners()) {
        listener.iterationDone(graph, iteration, epoch);
      }
    }
    BaseOptimizer.incrementIterationCount(graph, 1);
    return loss;
  }

  private double forwardBackward(INDArray[] features, int[] labels) {
    try {
      return head(features).forwardBackward(pointers(features), labels, null);
    } finally {
      Reference.reachabilityFence(features);
    }
  }

  private float[][] forward(INDArray[] features) {
    try {
      return head(features).forward(pointers(features), rows(features));
    } finally {
      Reference.reachabilityFence(features);
    }
  }

  /** Deeplearning4j makes its table of the gradients, by name, when it first computes them. */
  private void nameGradients(INDArray[] features) {
    List<TrainingListener> listeners = List.copyOf(graph.getListeners());
    graph.setListeners(List.of());
    graph.setInputs(features);
    graph.setLabels(Nd4j.create(forward(features)));
    graph.computeGradientAndScore();
    graph.setListeners(listeners);
  }

  private void tellOfGradients(INDArray[] features) {
    graph.setInputs(features); // Listeners ask for the number of rows.
    for (Layer layer : graph.getLayers()) { // And for each layer's learning rate.
      layer.setIterationCount(graph.getConfiguration().getIterationCount());
      layer.setEpochCount(graph.getConfiguration().getEpochCount());
    }
    for (TrainingListener listener : graph.getListeners()) {
      listener.onForwardPass(graph, head.activations(rows(features)));
      listener.onGradientCalculation(graph);
    }
  }

  private static int rows(INDArray[] features) {
    return (int) features[0].size(0);
  }

  @Override
  public double[][] output(INDArray[] inputs) {
    Threads.keepToOne();
    return Arrays.stream(forward(dense(inputs)))
        .map(row -> IntStream.range(0, row.length).mapToDouble(i -> row[i]).toArray())
        .toArray(double[][]::new);
  }

  @Override
  public void close() {
    threads.close();
    if (head != null) {
      head.close();
    }
  }
}
