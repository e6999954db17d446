package io.pneuma.backprop;

import io.pneuma.computation.UnsupportedLayerException;
import io.pneuma.platform.Threads;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.bytedeco.javacpp.FloatPointer;
import org.deeplearning4j.nn.api.Trainable;
import org.deeplearning4j.nn.api.TrainingConfig;
import org.deeplearning4j.nn.conf.GradientNormalization;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.layers.FrozenLayer;
import org.deeplearning4j.nn.updater.UpdaterBlock;
import org.deeplearning4j.nn.updater.UpdaterBlock.ParamState;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.NoOp;
import org.nd4j.linalg.learning.regularization.Regularization;
import org.nd4j.linalg.learning.regularization.WeightDecay;

/**
 * Adam, with decoupled weight decay where the graph wants it, and its moments where Deeplearning4j
 * keeps them, so that checkpoints stay what they are.
 */
final class AdamStep {
  private final ComputationGraph graph;
  private final Parameter all;
  private final List<Block> blocks = new ArrayList<>();
  private final List<ParamState> statistics = new ArrayList<>();

  /**
   * Parameters next to each other that one configuration updates, and their moments.
   *
   * @param decay decoupled weight decay; empty for none
   */
  record Block(
      Adam adam,
      int start,
      int length,
      Matrix mean,
      Matrix variance,
      Optional<WeightDecay> decay) {}

  /**
   * Reads how a graph updates its parameters.
   *
   * @throws UnsupportedLayerException when it is not by Adam alone, naming the layer
   */
  AdamStep(ComputationGraph graph) {
    this.graph = graph;
    this.all = Parameter.all(graph);
    INDArray state = graph.getUpdater().getStateViewArray();
    for (UpdaterBlock block : graph.getUpdater().getUpdaterBlocks()) {
      if (block.getGradientUpdater().getConfig() instanceof NoOp) {
        block.getLayersAndVariablesInBlock().stream()
            .filter(p -> !(p.getLayer() instanceof FrozenLayer))
            .forEach(statistics::add);
        continue;
      }
      Trainable layer = block.getLayersAndVariablesInBlock().get(0).getLayer();
      if (!(block.getGradientUpdater().getConfig() instanceof Adam adam)) {
        throw new UnsupportedLayerException(
            layer.getConfig().getLayerName(), block.getGradientUpdater().getConfig());
      }
      int length = block.getParamOffsetEnd() - block.getParamOffsetStart();
      Matrix moments =
          Matrix.of(
              new FloatPointer(state.data().addressPointer())
                  .getPointer(block.getUpdaterViewOffsetStart()),
              2,
              length);
      addBlocks(adam, block, moments);
    }
  }

  /** One for all parameters in a row that decay alike. */
  private void addBlocks(Adam adam, UpdaterBlock block, Matrix moments) {
    int first = block.getParamOffsetStart();
    int start = first;
    Optional<WeightDecay> decay = Optional.empty();
    for (ParamState parameter : block.getLayersAndVariablesInBlock()) {
      Optional<WeightDecay> own = decay(parameter.getLayer(), parameter.getParamName());
      if (!own.equals(decay)) {
        addBlock(adam, first, start, parameter.getParamOffsetStart(), moments, decay);
        start = parameter.getParamOffsetStart();
        decay = own;
      }
    }
    addBlock(adam, first, start, block.getParamOffsetEnd(), moments, decay);
  }

  private void addBlock(
      Adam adam, int first, int start, int end, Matrix moments, Optional<WeightDecay> decay) {
    if (end > start) {
      Matrix some = moments.columns(start - first, end - start);
      blocks.add(new Block(adam, start, end - start, some.rows(0, 1), some.rows(1, 1), decay));
    }
  }

  private static Optional<WeightDecay> decay(Trainable layer, String parameter) {
    TrainingConfig config = layer.getConfig();
    boolean normalised =
        config.getGradientNormalization() != null
            && config.getGradientNormalization() != GradientNormalization.None;
    List<Regularization> kinds = config.getRegularizationByParam(parameter);
    if (!normalised && (kinds == null || kinds.isEmpty())) {
      return Optional.empty();
    }
    boolean decoupled =
        !normalised
            && kinds.size() == 1
            && kinds.get(0) instanceof WeightDecay decay
            && decay.isApplyLR();
    if (!decoupled) {
      throw new UnsupportedLayerException(
          config.getLayerName(), "its gradient is regularised or normalised: " + kinds);
    }
    return Optional.of((WeightDecay) kinds.get(0));
  }

  /**
   * The update that the graph's next iteration makes.
   *
   * @param rows of the batch over which the gradients are sums
   */
  AdamUpdate update(int rows) {
    int iteration = graph.getConfiguration().getIterationCount();
    int epoch = graph.getConfiguration().getEpochCount();
    return new AdamUpdate(all, blocks, iteration, epoch, rows);
  }

  /**
   * Updates all parameters by the gradients where Deeplearning4j has them.
   *
   * @param rows of the batch over which the gradients are sums
   * @param keepUpdates put what was taken off each parameter in the place of its gradient, as
   *     Deeplearning4j does, for listeners
   */
  void apply(Threads threads, int rows, boolean keepUpdates) {
    threads.run(update(rows).all(keepUpdates));
    statistics.forEach(this::apply);
  }

  /** A normalisation's running statistics change by what stands in the gradient's place. */
  private void apply(ParamState running) {
    int length = running.getParamOffsetEnd() - running.getParamOffsetStart();
    float[] x = new float[length];
    float[] update = new float[length];
    Matrix values = all.value().columns(running.getParamOffsetStart(), length);
    values.read(0, x);
    all.gradient().columns(running.getParamOffsetStart(), length).read(0, update);
    for (int i = 0; i < length; i++) {
      x[i] -= update[i];
    }
    values.write(0, x);
  }
}
