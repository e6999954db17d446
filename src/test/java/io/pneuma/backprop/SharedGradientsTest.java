package io.pneuma.backprop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pneuma.backbone.Backbone;
import io.pneuma.backbone.Backbones;
import io.pneuma.backbone.FormulaWeights;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CyclicBarrier;
import java.util.stream.IntStream;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration.GraphBuilder;
import org.deeplearning4j.nn.conf.graph.MergeVertex;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.linalg.learning.config.Adam;

class SharedGradientsTest {
  private static final int SIZE = 64;
  private static final int ROWS = 6;
  private static final int FIRST = 4; // Of the first of two workers.

  /** Two backbones of a kind before a head. */
  private static ComputationGraph graph(String name, String frozen) {
    GraphBuilder builder = Backbone.graph(new Adam(1e-3), 3).addInputs("image");
    Backbone backbone = Backbones.named(name);
    String last = backbone.stages().get(backbone.stages().size() - 1);
    String first = backbone.addTo(builder, "a/", "image", SIZE, last, "");
    String second = backbone.addTo(builder, "b/", "image", SIZE, last, frozen);
    builder.addVertex("fused", new MergeVertex(), first, second);
    Heads.finish(builder, "fused");
    builder.setInputTypes(InputType.convolutional(SIZE, SIZE, 3));
    ComputationGraph graph = new ComputationGraph(builder.build());
    graph.init();
    backbone.initialiseColours(graph, "a/");
    backbone.initialiseColours(graph, "b/");
    return graph;
  }

  /** A copy that shares no list of listeners, as Deeplearning4j's would. */
  private static ComputationGraph copy(ComputationGraph graph) {
    ComputationGraph copy = new ComputationGraph(graph.getConfiguration().clone());
    copy.init(graph.params().dup(), false);
    return copy;
  }

  /** Two workers in one process, each on a thread. */
  private static final class Two {
    private final INDArray[] given = new INDArray[2];
    private final GradientExchange.Part[] parts = new GradientExchange.Part[2];
    private final CyclicBarrier barrier = new CyclicBarrier(2);

    GradientExchange of(int worker) {
      return (gradients, own) -> {
        given[worker] = gradients.dup();
        parts[worker] = own;
        await();
        gradients.assign(given[0].add(given[1]));
        GradientExchange.Part together =
            new GradientExchange.Part(
                parts[0].rows() + parts[1].rows(), parts[0].loss() + parts[1].loss());
        await();
        return together;
      };
    }

    private void await() {
      try {
        barrier.await();
      } catch (Exception e) {
        throw new IllegalStateException(e);
      }
    }
  }

  private static TrainingStep step(
      ComputationGraph graph, double clipNorm, boolean byLayers, GradientExchange exchange) {
    return byLayers
        ? new GraphTraining(graph, clipNorm, exchange)
        : new CompiledTraining(BackboneStepTest.oneDnn(), graph, ROWS, 1, 1, clipNorm, exchange);
  }

  private static INDArray[] images(int from, int to) {
    INDArray all = FormulaWeights.images(ROWS, SIZE);
    return new INDArray[] {all.get(NDArrayIndex.interval(from, to)).dup('c')};
  }

  private static int[] labels(int from, int to) {
    return Arrays.copyOfRange(Heads.labels(ROWS, ROWS), from, to);
  }

  /** Trains copies of a graph as two workers; returns the losses that both tell. */
  private static List<double[]> trainTwo(
      List<ComputationGraph> copies, int steps, double clipNorm, boolean byLayers) {
    Two two = new Two();
    List<CompletableFuture<double[]>> workers = new ArrayList<>();
    for (int worker = 0; worker < 2; worker++) {
      int self = worker;
      int from = self == 0 ? 0 : FIRST;
      int to = self == 0 ? FIRST : ROWS;
      workers.add(
          CompletableFuture.supplyAsync(
              () -> {
                try (TrainingStep step = step(copies.get(self), clipNorm, byLayers, two.of(self))) {
                  return IntStream.range(0, steps)
                      .mapToDouble(i -> step.fit(images(from, to), labels(from, to)))
                      .toArray();
                }
              },
              command -> new Thread(command, "worker").start()));
    }
    return workers.stream().map(CompletableFuture::join).toList();
  }

  @ParameterizedTest
  @CsvSource({"false, Infinity", "false, 0.5", "true, Infinity", "true, 0.5"})
  void twoWorkersTakeTheStepsOfOne(boolean byLayers, double clipNorm) {
    ComputationGraph whole = graph("squeezenet1_1", ""); // Without normalisation.
    INDArray before = whole.params().dup();
    List<ComputationGraph> copies = List.of(copy(whole), copy(whole));
    int steps = 3;
    double[] losses;
    try (TrainingStep step = step(whole, clipNorm, byLayers, GradientExchange.ALONE)) {
      losses =
          IntStream.range(0, steps)
              .mapToDouble(i -> step.fit(images(0, ROWS), labels(0, ROWS)))
              .toArray();
    }
    for (double[] told : trainTwo(copies, steps, clipNorm, byLayers)) {
      for (int i = 0; i < steps; i++) {
        assertEquals(losses[i], told[i], 1e-3 * losses[i]);
      }
    }
    double moved = before.distance2(whole.params());
    for (ComputationGraph copy : copies) {
      double apart = copy.params().distance2(whole.params());
      assertTrue(apart < 0.05 * moved, apart + " of " + moved); // Adam enlarges what rounds.
    }
    if (!byLayers) { // Deeplearning4j divides by the rows that it knows, which rounds.
      assertEquals(copies.get(0).params(), copies.get(1).params());
    }
  }

  @Test
  void statisticsAreMeansOverAllRows() {
    ComputationGraph start = graph("resnet18", "layer2");
    List<ComputationGraph> alone = List.of(copy(start), copy(start));
    int[] ends = {0, FIRST, ROWS};
    for (int worker = 0; worker < 2; worker++) {
      try (TrainingStep step =
          step(alone.get(worker), Double.POSITIVE_INFINITY, false, GradientExchange.ALONE)) {
        step.fit(images(ends[worker], ends[worker + 1]), labels(ends[worker], ends[worker + 1]));
      }
    }
    List<ComputationGraph> shared = List.of(copy(start), copy(start));
    trainTwo(shared, 1, Double.POSITIVE_INFINITY, false);
    assertEquals(shared.get(0).params(), shared.get(1).params());
    Map<String, INDArray> first = alone.get(0).paramTable();
    Map<String, INDArray> second = alone.get(1).paramTable();
    Map<String, INDArray> both = shared.get(0).paramTable();
    int moved = 0;
    for (String name : both.keySet()) {
      if (name.endsWith("_mean") || name.endsWith("_var")) {
        INDArray mean =
            first.get(name).mul(FIRST).add(second.get(name).mul(ROWS - FIRST)).div(ROWS);
        double scale = 1e-5 * (1 + mean.amaxNumber().doubleValue());
        assertTrue(both.get(name).sub(mean).amaxNumber().doubleValue() < scale, name);
        moved += both.get(name).equals(start.paramTable().get(name)) ? 0 : 1;
      }
    }
    assertTrue(moved > 0, "no statistic has moved");
  }
}
