package io.pneuma.backprop;

import io.pneuma.computation.GraphReader;
import io.pneuma.computation.Shape;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.conf.layers.FeedForwardLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.optimize.api.BaseTrainingListener;
import org.deeplearning4j.optimize.api.TrainingListener;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Steps by Deeplearning4j's own layers. */
record GraphTraining(ComputationGraph graph, double clipNorm, GradientExchange exchange)
    implements TrainingStep {
  /** Of a worker that has the whole minibatch. */
  GraphTraining(ComputationGraph graph, double clipNorm) {
    this(graph, clipNorm, GradientExchange.ALONE);
  }

  @Override
  public double fit(INDArray[] inputs, float[][] targets, boolean watched) {
    // Deeplearning4j adds a penalty to the score, though weight decay that is decoupled has none.
    double penalty = graph.calcRegularizationScore(true);
    INDArray[] wanted = {Nd4j.create(targets)};
    if (clipNorm == NO_CLIPPING && exchange == GradientExchange.ALONE) {
      graph.fit(inputs, wanted);
      return graph.score() - penalty;
    }
    List<TrainingListener> listeners = List.copyOf(graph.getListeners());
    BeforeUpdate before =
        new BeforeUpdate(graph, clipNorm, new SharedGradients(graph, exchange), penalty);
    graph.addListeners(before);
    graph.fit(inputs, wanted);
    graph.setListeners(listeners);
    return before.loss;
  }

  /** Shares and shortens the gradients between their computation and the update. */
  private static final class BeforeUpdate extends BaseTrainingListener {
    private final ComputationGraph graph;
    private final GradientNorm norm;
    private final double clipNorm;
    private final SharedGradients shared;
    private final double penalty;
    private double loss;

    BeforeUpdate(ComputationGraph graph, double clipNorm, SharedGradients shared, double penalty) {
      this.graph = graph;
      this.norm = new GradientNorm(graph);
      this.clipNorm = clipNorm;
      this.shared = shared;
      this.penalty = penalty;
    }

    @Override
    public void onGradientCalculation(Model model) {
      int rows = graph.batchSize();
      GradientExchange.Part batch = shared.share(rows, graph.score() - penalty);
      loss = batch.loss() / batch.rows();
      if (batch.rows() != rows) { // The update divides by the rows that it knows.
        shared.scale((double) rows / batch.rows());
      }
      norm.scale(GradientNorm.factor(norm.of(rows), clipNorm));
    }
  }

  @Override
  public int classes() {
    return (int) ((FeedForwardLayer) graph.getOutputLayer(0).conf().getLayer()).getNOut();
  }

  /** Bytes of all activations of a batch, which the way back needs, and of their gradients. */
  static long bytes(ComputationGraph graph, int imageSize, int batch) {
    long all = GraphReader.activations(graph, new Shape(3, imageSize, imageSize)).sum();
    return 2L * Float.BYTES * all * batch;
  }

  /** By all activations: asked for vertices amid several branches, Deeplearning4j loses its way. */
  @Override
  public Outputs outputs(INDArray[] inputs) {
    Map<String, INDArray> activations = graph.feedForward(inputs, false);
    List<String> starts = HeadReader.starts(graph);
    int rows = (int) inputs[0].size(0);
    float[][][] features = new float[rows][starts.size()][];
    for (int start = 0; start < starts.size(); start++) {
      float[][] matrix = activations.get(starts.get(start)).toFloatMatrix();
      for (int row = 0; row < rows; row++) {
        features[row][start] = matrix[row];
      }
    }
    String output = graph.getConfiguration().getNetworkOutputs().get(0);
    return new Outputs(matrix(activations.get(output)), features);
  }

  @Override
  public double[][] output(INDArray[] inputs) {
    return matrix(graph.outputSingle(inputs));
  }

  private static double[][] matrix(INDArray probabilities) {
    return probabilities.castTo(DataType.DOUBLE).toDoubleMatrix();
  }

  @Override
  public void close() {}
}
