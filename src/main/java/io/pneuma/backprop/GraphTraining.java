package io.pneuma.backprop;

import io.pneuma.computation.GraphReader;
import io.pneuma.computation.Shape;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.conf.layers.FeedForwardLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Steps by Deeplearning4j's own layers. */
record GraphTraining(ComputationGraph graph) implements TrainingStep {
  @Override
  public double fit(INDArray[] inputs, int[] labels, boolean watched) {
    graph.fit(inputs, new INDArray[] {oneHot(labels)});
    return graph.score();
  }

  private INDArray oneHot(int[] labels) {
    FeedForwardLayer output = (FeedForwardLayer) graph.getOutputLayer(0).conf().getLayer();
    float[][] hot = new float[labels.length][(int) output.getNOut()];
    for (int row = 0; row < labels.length; row++) {
      hot[row][labels[row]] = 1;
    }
    return Nd4j.create(hot);
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
