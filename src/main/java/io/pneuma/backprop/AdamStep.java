package io.pneuma.backprop;

import io.pneuma.inference.UnsupportedLayerException;
import java.util.ArrayList;
import java.util.List;
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

/**
 * Adam over all parameters at once, with its moments where Deeplearning4j keeps them, so that
 * checkpoints stay what they are.
 *
 * <p>Kingma and Ba, "Adam" (2015), section 2, with epsilon where Deeplearning4j has it, g the mean
 * gradient and t the steps so far with this one:
 *
 * <pre>
 * m = b1 m + (1 - b1) g    v = b2 v + (1 - b2) g^2
 * x = x - a m / (sqrt(v) + e)      a = learning rate * sqrt(1 - b2^t) / (1 - b1^t)
 * </pre>
 */
final class AdamStep {
  /** Numbers for which all five arrays lie in the nearest cache. */
  private static final int CHUNK = 2048;

  private static final int CHUNKS_A_PIECE = 16;

  /**
   * Added and taken off again, it makes zeros of the moments of a parameter that gets no gradient
   * any more, before they become denormal numbers, with which processors are many times slower. A
   * number above 1e-22 keeps all its bits.
   */
  private static final float NOTHING = 1e-30f;

  private final ComputationGraph graph;
  private final Parameter all;
  private final List<Block> blocks = new ArrayList<>();
  private final List<ParamState> statistics = new ArrayList<>();

  /** Parameters next to each other that one configuration updates, and their moments. */
  private record Block(Adam adam, int start, int length, Matrix mean, Matrix variance) {}

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
      block.getLayersAndVariablesInBlock().forEach(p -> check(p.getLayer(), p.getParamName()));
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
      int start = block.getParamOffsetStart();
      int length = block.getParamOffsetEnd() - start;
      Matrix moments =
          Matrix.of(
              new FloatPointer(state.data().addressPointer())
                  .getPointer(block.getUpdaterViewOffsetStart()),
              2,
              length);
      blocks.add(new Block(adam, start, length, moments.rows(0, 1), moments.rows(1, 1)));
    }
  }

  private static void check(Trainable layer, String parameter) {
    TrainingConfig config = layer.getConfig();
    var regularization = config.getRegularizationByParam(parameter);
    boolean normalised =
        config.getGradientNormalization() != null
            && config.getGradientNormalization() != GradientNormalization.None;
    if (normalised || (regularization != null && !regularization.isEmpty())) {
      throw new UnsupportedLayerException(
          config.getLayerName(), "its gradient is regularised or normalised");
    }
  }

  /**
   * Updates all parameters.
   *
   * @param rows of the batch over which the gradients are sums
   * @param keepUpdates put what was taken off each parameter in the place of its gradient, as
   *     Deeplearning4j does, for listeners
   */
  void apply(Threads threads, int rows, boolean keepUpdates) {
    int iteration = graph.getConfiguration().getIterationCount();
    int epoch = graph.getConfiguration().getEpochCount();
    List<Runnable> pieces = new ArrayList<>();
    for (Block block : blocks) {
      Adam adam = block.adam();
      double rate = adam.getLearningRate(iteration, epoch);
      double bias1 = 1 - Math.pow(adam.getBeta1(), iteration + 1);
      double bias2 = 1 - Math.pow(adam.getBeta2(), iteration + 1);
      float step = (float) (rate * Math.sqrt(bias2) / bias1);
      pieces.addAll(
          Pieces.cut(
              block.length(),
              CHUNK * CHUNKS_A_PIECE,
              (from, count) -> apply(block, from, count, step, 1f / rows, keepUpdates)));
    }
    threads.run(pieces);
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

  private void apply(
      Block block, int first, int total, float step, float share, boolean keepUpdates) {
    float[] x = new float[CHUNK];
    float[] g = new float[CHUNK];
    float[] m = new float[CHUNK];
    float[] v = new float[CHUNK];
    float b1 = (float) block.adam().getBeta1();
    float b2 = (float) block.adam().getBeta2();
    float epsilon = (float) block.adam().getEpsilon();
    for (int from = first; from < first + total; from += CHUNK) {
      int count = Math.min(CHUNK, first + total - from);
      Matrix values = all.value().columns(block.start() + from, count);
      Matrix gradients = all.gradient().columns(block.start() + from, count);
      Matrix mean = block.mean().columns(from, count);
      Matrix variance = block.variance().columns(from, count);
      values.read(0, x);
      gradients.read(0, g);
      mean.read(0, m);
      variance.read(0, v);
      update(x, g, m, v, b1, b2, epsilon, step, share);
      values.write(0, x);
      mean.write(0, m);
      variance.write(0, v);
      if (keepUpdates) {
        gradients.write(0, g);
      }
    }
  }

  /** A loop that Java turns into vector instructions. */
  private static void update(
      float[] x,
      float[] g,
      float[] m,
      float[] v,
      float b1,
      float b2,
      float epsilon,
      float step,
      float share) {
    float c1 = 1 - b1;
    float c2 = 1 - b2;
    for (int i = 0; i < x.length; i++) {
      float gradient = g[i] * share;
      float mean = b1 * m[i] + c1 * gradient + NOTHING - NOTHING;
      float variance = b2 * v[i] + c2 * gradient * gradient + NOTHING - NOTHING;
      float update = step * mean / ((float) Math.sqrt(variance) + epsilon);
      m[i] = mean;
      v[i] = variance;
      g[i] = update;
      x[i] -= update;
    }
  }
}
