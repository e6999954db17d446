package io.pneuma.backprop;

import org.deeplearning4j.nn.conf.layers.FeedForwardLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Steps by Deeplearning4j's own layers. */
record GraphTraining(ComputationGraph graph) implements TrainingStep {
  @Override
  public double fit(INDArray[] inputs, int[] labels) {
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

  @Override
  public double[][] output(INDArray[] inputs) {
    return graph.output(inputs)[0].castTo(DataType.DOUBLE).toDoubleMatrix();
  }

  @Override
  public void close() {}
}
