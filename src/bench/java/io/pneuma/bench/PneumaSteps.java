package io.pneuma.bench;

import io.pneuma.backprop.TrainingStep;
import io.pneuma.bench.Recipes.WeightsIn;
import io.pneuma.config.Recipe;
import io.pneuma.monitor.RunStats;
import io.pneuma.network.BackboneUnit;
import io.pneuma.network.FusionNetwork;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Training steps as {@code train} does them, with its statistics. */
final class PneumaSteps implements Task {
  /** Steps of the paper's protocol, from which {@code train} tells how often to report. */
  private static final int STEPS = 30 * 163;

  private final ComputationGraph graph;
  private final int reportEvery;
  private final Path folder;
  private final RunStats stats;
  private final TrainingStep training;
  private final int checked;
  private final List<INDArray[]> inputs = new ArrayList<>();
  private final int[] labels;
  private int next;

  private PneumaSteps(ComputationGraph graph, Batches kind) throws IOException {
    this.graph = graph;
    this.reportEvery = RunStats.reportEvery(STEPS, graph.getNumInputArrays() > 1);
    this.folder = Files.createTempDirectory("pneuma-bench");
    this.stats = RunStats.create(folder.resolve("stats"), "bench");
    graph.setListeners(stats.listener(reportEvery));
    this.training = TrainingStep.of(graph, kind.size(), Machine.cores());
    this.checked = kind.checked();
    this.labels = IntStream.range(0, kind.size()).map(kind::label).toArray();
    for (int i = 0; i < kind.count(); i++) {
      INDArray[] batch = new INDArray[kind.shapes().size()];
      for (int input = 0; input < batch.length; input++) {
        long[] shape = kind.shapes().get(input);
        batch[input] = Nd4j.createFromArray(kind.values(i, input)).reshape('c', shape);
      }
      inputs.add(batch);
    }
  }

  /** Arguments: the network, the folder of models. */
  static Task fineTuning(List<String> arguments) throws IOException {
    Machine.start();
    Recipe recipe =
        Recipes.fineTuning(arguments.get(0), WeightsIn.folder(Path.of(arguments.get(1))));
    FusionNetwork network = new FusionNetwork(recipe, new double[] {1, 1});
    List<ComputationGraph> backbones = new ArrayList<>();
    for (BackboneUnit unit : network.backbones()) {
      backbones.add(unit.create());
    }
    ComputationGraph whole = network.build(backbones);
    set(whole.getLayer(FusionNetwork.OUTPUT), "W", 9);
    return new PneumaSteps(whole, Batches.of("finetune"));
  }

  /** Arguments: the attention. */
  static Task head(List<String> arguments) throws IOException {
    Machine.start();
    Recipe recipe = Recipes.frozen(Recipes.TRIO, WeightsIn.random(), arguments.get(0));
    ComputationGraph head = new FusionNetwork(recipe, new double[] {1, 1}).buildHead();
    List<Layer> embeddings = new ArrayList<>();
    for (String name : Recipes.TRIO) {
      embeddings.add(head.getLayer("embedding/" + name));
    }
    int seed = 20;
    for (Layer embedding : embeddings) {
      set(embedding, "W", seed++);
    }
    Layer attention = head.getLayer("attention");
    boolean eca = arguments.get(0).equals("eca");
    for (String weight : eca ? List.<String>of() : attention.paramTable().keySet()) {
      set(attention, weight, seed++);
    }
    set(head.getLayer(FusionNetwork.OUTPUT), "W", seed++);
    if (eca) {
      INDArray kernel = attention.getParam("W");
      kernel.assign(Noise.weight(seed, kernel.length(), 1).reshape(kernel.shape()));
    }
    return new PneumaSteps(head, Batches.of("head"));
  }

  private static void set(Layer layer, String name, int seed) {
    Map<String, INDArray> parameters = layer.paramTable();
    INDArray weight = parameters.get(name);
    weight.assign(Noise.weight(seed, weight.size(0), weight.size(1)));
    if (parameters.containsKey("b")) {
      parameters.get("b").assign(0);
    }
  }

  @Override
  public double[] check() {
    double[] losses = new double[checked];
    for (int i = 0; i < losses.length; i++) {
      losses[i] = step();
    }
    return losses;
  }

  @Override
  public int run() {
    step();
    return 1;
  }

  /** The one place that knows how the program makes a step. */
  private double step() {
    boolean watched = TrainingStep.isWatched(graph, reportEvery);
    return training.fit(inputs.get(next++ % inputs.size()), training.targets(labels), watched);
  }

  @Override
  public void close() {
    training.close();
    stats.close();
    try (Stream<Path> files = Files.walk(folder)) {
      files.sorted(Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
