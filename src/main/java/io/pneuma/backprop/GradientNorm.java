package io.pneuma.backprop;

import java.util.List;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.updater.UpdaterBlock;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.linalg.learning.config.NoOp;

/**
 * The Euclidean norm of a graph's gradient over all parameters that learn: Pascanu et al., "On the
 * difficulty of training recurrent neural networks" (2013), algorithm 1. What stands in the place
 * of gradients for a normalisation's statistics is none.
 */
final class GradientNorm {
  private final List<INDArray> learning;

  GradientNorm(ComputationGraph graph) {
    INDArray all = LayerArrays.gradients(graph).reshape(-1);
    this.learning =
        graph.getUpdater().getUpdaterBlocks().stream()
            .filter(block -> !(block.getGradientUpdater().getConfig() instanceof NoOp))
            .map(block -> part(all, block))
            .toList();
  }

  private static INDArray part(INDArray all, UpdaterBlock block) {
    return all.get(NDArrayIndex.interval(block.getParamOffsetStart(), block.getParamOffsetEnd()));
  }

  /** The norm of the mean gradient where the graph has that of the sum over so many rows. */
  double of(int rows) {
    double squares = 0;
    for (INDArray part : learning) {
      double norm = part.norm2Number().doubleValue();
      squares += norm * norm;
    }
    return Math.sqrt(squares) / rows;
  }

  /** What makes a gradient as long as is allowed, or 1. */
  static double factor(double norm, double longest) {
    return norm > longest ? longest / norm : 1;
  }

  void scale(double factor) {
    if (factor != 1) {
      learning.forEach(part -> part.muli(factor));
    }
  }
}
