package io.pneuma.backprop;

import java.util.ArrayList;
import java.util.List;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.layers.FrozenLayer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.linalg.learning.config.NoOp;

/**
 * A graph's gradients between the way back and the update, where several workers share a minibatch.
 * What stands in the place of gradients for a normalisation's statistics is a mean over the rows
 * and no sum, and stays one. What is frozen is not exchanged.
 */
final class SharedGradients {
  private final GradientExchange exchange;
  private final List<INDArray> sums = new ArrayList<>();
  private final List<INDArray> statistics = new ArrayList<>();
  private final List<INDArray> parts = new ArrayList<>(); // Sums, then statistics.
  private final List<INDArray> slices = new ArrayList<>(); // Of what is exchanged, one a part.
  private final INDArray joined;

  SharedGradients(ComputationGraph graph, GradientExchange exchange) {
    this.exchange = exchange;
    if (exchange == GradientExchange.ALONE) {
      this.joined = null;
      return;
    }
    INDArray row = LayerArrays.gradients(graph).reshape(-1);
    graph
        .getUpdater()
        .getUpdaterBlocks()
        .forEach(
            block -> {
              boolean isStatistic = block.getGradientUpdater().getConfig() instanceof NoOp;
              block.getLayersAndVariablesInBlock().stream()
                  .filter(parameter -> !(parameter.getLayer() instanceof FrozenLayer))
                  .map(
                      parameter ->
                          row.get(
                              NDArrayIndex.interval(
                                  parameter.getParamOffsetStart(), parameter.getParamOffsetEnd())))
                  .forEach((isStatistic ? statistics : sums)::add);
            });
    parts.addAll(sums);
    parts.addAll(statistics);
    long length = parts.stream().mapToLong(INDArray::length).sum();
    this.joined = Nd4j.createUninitialized(DataType.FLOAT, length);
    long at = 0;
    for (INDArray part : parts) {
      slices.add(joined.get(NDArrayIndex.interval(at, at + part.length())));
      at += part.length();
    }
  }

  /** Whether there are other workers. */
  boolean areShared() {
    return exchange != GradientExchange.ALONE;
  }

  /**
   * Leaves the sums over the rows of all workers.
   *
   * @param loss mean over this worker's rows
   */
  GradientExchange.Part share(int rows, double loss) {
    GradientExchange.Part own = new GradientExchange.Part(rows, loss * rows);
    if (!areShared()) {
      return own;
    }
    statistics.forEach(part -> part.muli(rows));
    for (int i = 0; i < parts.size(); i++) {
      slices.get(i).assign(parts.get(i));
    }
    GradientExchange.Part together = exchange.sum(joined, own);
    for (int i = 0; i < parts.size(); i++) {
      parts.get(i).assign(slices.get(i));
    }
    statistics.forEach(part -> part.divi(together.rows()));
    return together;
  }

  /** Makes of these sums what an updater wants that divides by this worker's rows alone. */
  void scale(double factor) {
    sums.forEach(part -> part.muli(factor));
  }
}
