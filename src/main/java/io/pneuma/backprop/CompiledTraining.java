package io.pneuma.backprop;

import io.pneuma.computation.Shape;
import io.pneuma.computation.UnsupportedLayerException;
import io.pneuma.inference.Featuriser;
import io.pneuma.inference.RowMajor;
import io.pneuma.onednn.OneDnn;
import io.pneuma.platform.Processor;
import io.pneuma.platform.Threads;
import java.lang.ref.Reference;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.FloatPointer;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.conf.layers.FeedForwardLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.optimize.api.TrainingListener;
import org.deeplearning4j.optimize.solvers.BaseOptimizer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** Steps of a graph whose layers are known here: a head, and backbones if its input is images. */
final class CompiledTraining implements TrainingStep {
  private final ComputationGraph graph;
  private final int most;
  private final double clipNorm;
  private final boolean headAlone;
  private final FeatureSide features;
  private final AdamStep adam;
  private final GradientNorm norm;
  private final SharedGradients shared;
  private final Threads threads;
  private HeadStep head; // Made with the first batch, which tells the features' widths.

  /** Of a worker that has the whole minibatch. */
  CompiledTraining(OneDnn oneDnn, ComputationGraph graph, int most, int threads, double clipNorm) {
    this(oneDnn, graph, most, threads, threads, clipNorm, GradientExchange.ALONE);
  }

  /**
   * Reads a graph.
   *
   * @param most rows of the largest batch
   * @param like the number of threads whose last digits it gives where nothing learns
   * @param clipNorm the longest gradient
   * @param exchange with the other workers that share a batch
   * @throws UnsupportedLayerException when a layer is not known here, naming it
   */
  CompiledTraining(
      OneDnn oneDnn,
      ComputationGraph graph,
      int most,
      int threads,
      int like,
      double clipNorm,
      GradientExchange exchange) {
    this.graph = graph;
    this.clipNorm = clipNorm;
    this.most = most;
    this.threads = new Threads(threads);
    List<String> inputs = graph.getConfiguration().getNetworkInputs();
    List<String> starts = HeadReader.starts(graph);
    this.headAlone = inputs.containsAll(starts);
    this.features =
        headAlone
            ? new GivenFeatures(inputs)
            : new BackboneFeatures(
                oneDnn, graph, starts, most, Featuriser.each(most, like), this.threads);
    HeadReader.read(graph, features.vertices());
    this.adam = new AdamStep(graph);
    this.norm = new GradientNorm(graph);
    this.shared = new SharedGradients(graph, exchange);
  }

  /** What {@link TrainingStep#bytes} tells, of a graph whose layers are known here. */
  static long bytes(OneDnn oneDnn, ComputationGraph graph, int imageSize, int batch, int threads) {
    List<String> starts = HeadReader.starts(graph);
    HeadReader.read(graph, starts);
    try (Threads shared = new Threads(threads);
        BackboneFeatures side =
            new BackboneFeatures(
                oneDnn, graph, starts, batch, Featuriser.each(batch, threads), shared)) {
      return side.bytes(new Shape(3, imageSize, imageSize));
    }
  }

  private HeadStep head() {
    if (head == null) {
      head = new HeadStep(graph, features.vertices(), features.widths(), most, threads);
    }
    return head;
  }

  private static INDArray[] dense(INDArray[] arrays) {
    return Arrays.stream(arrays).map(RowMajor::of).toArray(INDArray[]::new);
  }

  @Override
  public double fit(INDArray[] inputs, float[][] targets, boolean watched) {
    int rows = targets.length;
    Processor.useThreads(1);
    INDArray[] dense = dense(inputs);
    boolean heard = !graph.getListeners().isEmpty();
    boolean seen = heard && watched;
    if (seen && graph.gradient() == null) {
      nameGradients(dense);
    }
    boolean clipped = clipNorm < NO_CLIPPING;
    boolean atOnce = headAlone && !seen && !clipped && !shared.areShared();
    GradientUse use = atOnce ? adam.update(rows) : GradientUse.KEEP;
    GradientExchange.Part batch = shared.share(rows, forwardBackward(dense, targets, use));
    double loss = batch.loss() / batch.rows();
    if (clipped) {
      norm.scale(GradientNorm.factor(norm.of(batch.rows()), clipNorm));
    }
    graph.setScore(loss);
    if (heard) {
      graph.setInputs(dense); // Listeners ask for the number of rows.
    }
    if (seen) {
      tellOfGradients(dense);
    }
    if (!atOnce) {
      adam.apply(threads, batch.rows(), seen);
    }
    if (heard) {
      int iteration = graph.getConfiguration().getIterationCount();
      int epoch = graph.getConfiguration().getEpochCount();
      for (TrainingListener listener : graph.getListeners()) {
        listener.iterationDone(graph, iteration, epoch);
      }
    }
    BaseOptimizer.incrementIterationCount(graph, 1);
    return loss;
  }

  private double forwardBackward(INDArray[] inputs, float[][] targets, GradientUse use) {
    try {
      FloatPointer[] given = features.forTraining(inputs);
      double loss = head().forwardBackward(given, targets, features.gradients(), use);
      features.backward(targets.length);
      return loss;
    } finally {
      Reference.reachabilityFence(inputs);
    }
  }

  @Override
  public int classes() {
    return (int) ((FeedForwardLayer) graph.getOutputLayer(0).conf().getLayer()).getNOut();
  }

  /** Deeplearning4j makes its table of the gradients, by name, when it first computes them. */
  private void nameGradients(INDArray[] inputs) {
    List<TrainingListener> listeners = List.copyOf(graph.getListeners());
    graph.setListeners(List.of());
    graph.setInputs(
        Arrays.stream(inputs)
            .map(array -> array.get(NDArrayIndex.interval(0, 1)).dup('c'))
            .toArray(INDArray[]::new));
    graph.setLabels(Nd4j.zeros(DataType.FLOAT, 1, classes()));
    graph.computeGradientAndScore();
    graph.clear(); // So that listeners do not count that row.
    graph.setListeners(listeners);
  }

  private void tellOfGradients(INDArray[] inputs) {
    for (Layer layer : graph.getLayers()) { // Listeners ask for each layer's learning rate.
      layer.setIterationCount(graph.getConfiguration().getIterationCount());
      layer.setEpochCount(graph.getConfiguration().getEpochCount());
    }
    for (TrainingListener listener : graph.getListeners()) {
      listener.onForwardPass(graph, head.activations((int) inputs[0].size(0)));
      listener.onGradientCalculation(graph);
    }
  }

  @Override
  public Outputs outputs(INDArray[] inputs) {
    Processor.useThreads(1);
    INDArray[] dense = dense(inputs);
    int rows = (int) dense[0].size(0);
    try {
      FloatPointer[] given = features.forPrediction(dense);
      double[][] probabilities =
          Arrays.stream(head().forward(given, rows))
              .map(row -> IntStream.range(0, row.length).mapToDouble(i -> row[i]).toArray())
              .toArray(double[][]::new);
      return new Outputs(probabilities, copies(given, rows));
    } finally {
      Reference.reachabilityFence(dense);
    }
  }

  @Override
  public double[][] output(INDArray[] inputs) {
    return outputs(inputs).probabilities();
  }

  private float[][][] copies(FloatPointer[] given, int rows) {
    float[][][] copies = new float[rows][given.length][];
    for (int start = 0; start < given.length; start++) {
      int width = features.widths()[start];
      for (int row = 0; row < rows; row++) {
        copies[row][start] = new float[width];
        given[start].position((long) row * width).get(copies[row][start]);
      }
      given[start].position(0);
    }
    return copies;
  }

  @Override
  public void close() {
    threads.close();
    features.close();
    if (head != null) {
      head.close();
    }
  }
}
