package io.pneuma.backprop;

import io.pneuma.computation.GraphReader;
import io.pneuma.computation.Network;
import io.pneuma.computation.Shape;
import io.pneuma.computation.UnsupportedLayerException;
import io.pneuma.inference.Featuriser;
import io.pneuma.onednn.OneDnn;
import io.pneuma.platform.CoreBinding;
import io.pneuma.platform.FeatureWorkers;
import io.pneuma.platform.Processor;
import io.pneuma.platform.Threads;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.FloatPointer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Of a whole graph: its input is images, and its backbones give the features. */
final class BackboneFeatures implements FeatureSide {
  /** Whether a layer is known does not depend on the images' size. */
  private static final Shape ANY = new Shape(3, 224, 224);

  private final OneDnn oneDnn;
  private final ComputationGraph graph;
  private final String input;
  private final List<String> vertices;
  private final int most;
  private final int each;
  private final Threads threads;
  private final List<BackboneStep> steps = new ArrayList<>(); // Made with the first batch.
  private final List<Featuriser> featurisers = new ArrayList<>(); // Of the parameters as they are.
  private final CoreBinding binding;
  private FeatureWorkers workers; // While there are featurisers.
  private FloatPointer[] gradients;
  private int[] widths;

  /**
   * Reads a graph's backbones.
   *
   * @param vertices of their features
   * @param most rows of the largest batch
   * @param each rows that a thread takes at a time where nothing learns
   * @param threads for work that is not oneDNN's, which takes as many of its own
   * @throws UnsupportedLayerException when a layer is not known here, naming it
   */
  BackboneFeatures(
      OneDnn oneDnn,
      ComputationGraph graph,
      List<String> vertices,
      int most,
      int each,
      Threads threads) {
    this.oneDnn = oneDnn;
    this.graph = graph;
    this.vertices = vertices;
    this.most = most;
    this.each = each;
    this.threads = threads;
    this.binding = CoreBinding.of(threads.count());
    List<String> inputs = graph.getConfiguration().getNetworkInputs();
    if (inputs.size() != 1) {
      throw new UnsupportedLayerException("the graph", "images and other inputs");
    }
    this.input = inputs.get(0);
    networks(ANY).forEach(network -> SplitBackbone.of(graph, network.beforeFlattening()));
  }

  private List<Network> networks(Shape image) {
    return vertices.stream()
        .map(features -> GraphReader.read(graph, input, image, features))
        .toList();
  }

  private List<Network> networks(INDArray images) {
    List<Network> networks =
        networks(new Shape((int) images.size(1), (int) images.size(2), (int) images.size(3)));
    widths =
        networks.stream()
            .mapToInt(network -> network.shapes().get(network.output()).channels())
            .toArray();
    return networks;
  }

  /** Bytes that training and validating on images of a shape take. */
  long bytes(Shape image) {
    Processor.useThreads(threads.count());
    long bytes = 0;
    for (Network network : networks(image)) {
      SplitBackbone split = SplitBackbone.of(graph, network.beforeFlattening());
      try (Plan plan = new Plan(oneDnn, threads, graph, split, most)) {
        bytes += plan.bytes() + plan.frozenBytes();
      }
      bytes += Featuriser.bytes(oneDnn, network, threads.count());
    }
    Processor.useThreads(1);
    return bytes;
  }

  @Override
  public List<String> vertices() {
    return vertices;
  }

  @Override
  public FloatPointer[] forTraining(INDArray[] inputs) {
    closeFeaturisers(); // Since the parameters are about to change.
    Processor.useThreads(threads.count());
    if (steps.isEmpty()) {
      for (Network network : networks(inputs[0])) {
        steps.add(new BackboneStep(oneDnn, threads, graph, network.beforeFlattening()));
      }
      gradients = new FloatPointer[widths.length];
      for (int i = 0; i < widths.length; i++) {
        gradients[i] = new FloatPointer((long) most * widths[i]);
      }
    }
    FloatPointer images = new FloatPointer(inputs[0].data().addressPointer());
    int rows = (int) inputs[0].size(0);
    FloatPointer[] features =
        binding.run(
            () ->
                steps.stream()
                    .map(step -> step.forward(images, rows))
                    .toArray(FloatPointer[]::new));
    Processor.useThreads(1);
    return features;
  }

  @Override
  public FloatPointer[] forPrediction(INDArray[] inputs) {
    if (featurisers.isEmpty()) {
      workers = new FeatureWorkers(threads.count());
      for (Network network : networks(inputs[0])) {
        featurisers.add(Featuriser.of(oneDnn, network, most, each, workers));
      }
    }
    return featurisers.stream()
        .map(featuriser -> new FloatPointer(featuriser.features(inputs[0])))
        .toArray(FloatPointer[]::new);
  }

  @Override
  public int[] widths() {
    return widths;
  }

  @Override
  public FloatPointer[] gradients() {
    return gradients;
  }

  @Override
  public void backward(int rows) {
    Processor.useThreads(threads.count());
    binding.run(
        () -> {
          for (int i = 0; i < steps.size(); i++) {
            steps.get(i).backward(gradients[i], rows);
          }
          return steps;
        });
    Processor.useThreads(1);
  }

  private void closeFeaturisers() {
    if (workers != null) {
      workers.close();
      workers = null;
    }
    featurisers.forEach(Featuriser::close);
    featurisers.clear();
  }

  @Override
  public void close() {
    closeFeaturisers();
    steps.forEach(BackboneStep::close);
    if (gradients != null) {
      for (FloatPointer gradient : gradients) {
        gradient.close();
      }
    }
  }
}
