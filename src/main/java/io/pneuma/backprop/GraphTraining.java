package io.pneuma.backprop;

import java.util.ArrayList;
import java.util.List;
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
  public Outputs outputs(INDArray[] inputs) {
    List<String> graphInputs = graph.getConfiguration().getNetworkInputs();
    List<String> starts = HeadReader.starts(graph);
    List<String> wanted = new ArrayList<>(starts);
    wanted.removeAll(graphInputs);
    wanted.addAll(graph.getConfiguration().getNetworkOutputs());
    INDArray[] computed = graph.output(wanted, false, inputs, null);
    int rows = (int) inputs[0].size(0);
    float[][][] features = new float[rows][starts.size()][];
    for (int start = 0; start < starts.size(); start++) {
      int given = graphInputs.indexOf(starts.get(start));
      INDArray array = given >= 0 ? inputs[given] : computed[wanted.indexOf(starts.get(start))];
      float[][] matrix = array.toFloatMatrix();
      for (int row = 0; row < rows; row++) {
        features[row][start] = matrix[row];
      }
    }
    double[][] probabilities =
        computed[computed.length - 1].castTo(DataType.DOUBLE).toDoubleMatrix();
    return new Outputs(probabilities, features);
  }

  @Override
  public void close() {}
}
