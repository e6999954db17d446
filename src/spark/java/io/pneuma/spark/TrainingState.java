package io.pneuma.spark;

import io.pneuma.backprop.ParameterAverage;
import java.io.Serializable;
import java.util.Optional;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * All by which an epoch differs from another, between two epochs.
 *
 * @param parameters P, those that learn
 * @param moments what the updater remembers
 * @param average P, of the parameters; null where there is none
 */
@SuppressWarnings("ArrayRecordComponent") // A carrier, never compared.
record TrainingState(
    int iterations, int epochs, float[] parameters, float[] moments, float[] average)
    implements Serializable {

  static TrainingState of(ComputationGraph graph, Optional<ParameterAverage> average) {
    return new TrainingState(
        graph.getConfiguration().getIterationCount(),
        graph.getConfiguration().getEpochCount(),
        floats(graph.params()),
        floats(graph.getUpdater().getStateViewArray()),
        average.map(ParameterAverage::average).map(TrainingState::floats).orElse(null));
  }

  private static float[] floats(INDArray array) {
    return array == null || array.isEmpty() ? new float[0] : array.data().asFloat();
  }

  /** A graph of a configuration that is yet to be given a state. */
  static ComputationGraph graph(String configuration, int parameters) {
    ComputationGraphConfiguration read = ComputationGraphConfiguration.fromJson(configuration);
    read.setDataType(DataType.FLOAT);
    ComputationGraph graph = new ComputationGraph(read);
    graph.init(Nd4j.create(DataType.FLOAT, 1, parameters), false);
    return graph;
  }

  /** Puts it into a graph, and into the average of its parameters. */
  void into(ComputationGraph graph, Optional<ParameterAverage> mean) {
    graph.getConfiguration().setIterationCount(iterations);
    graph.getConfiguration().setEpochCount(epochs);
    put(parameters, graph.params());
    if (moments.length > 0) {
      put(moments, graph.getUpdater().getStateViewArray());
    }
    mean.ifPresent(it -> put(average, it.average()));
  }

  private static void put(float[] from, INDArray into) {
    into.assign(Nd4j.createFromArray(from).reshape(into.shape()));
  }
}
