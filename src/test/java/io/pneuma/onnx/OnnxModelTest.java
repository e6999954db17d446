package io.pneuma.onnx;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.onnxruntime.OrtException;
import io.pneuma.attention.Attentions;
import io.pneuma.backbone.Backbone;
import io.pneuma.backbone.Backbones;
import io.pneuma.backbone.FormulaWeights;
import io.pneuma.backprop.ForwardPass;
import io.pneuma.backprop.HeadReader;
import io.pneuma.config.Recipe.AttentionSpec;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration.GraphBuilder;
import org.deeplearning4j.nn.conf.graph.MergeVertex;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.NoOp;
import org.nd4j.linalg.lossfunctions.impl.LossMCXENT;

/** Exported networks, run by ONNX Runtime. */
class OnnxModelTest {
  private static final int CLASSES = 3;
  private static final int EMBEDDING = 8;

  @TempDir Path folder;

  static Stream<String> backbones() {
    return Backbones.all().stream().map(Backbone::name);
  }

  private static int size(String name) {
    int patch = Backbones.named(name).patch();
    int least = Integer.getInteger("pneuma.size", 32);
    return (least + patch - 1) / patch * patch;
  }

  /** A network of vectors. */
  private static ComputationGraph network(String attention, int size, String... backbones) {
    GraphBuilder graph = Backbone.graph(new NoOp(), 1).addInputs("image");
    List<String> embeddings = new ArrayList<>();
    for (String name : backbones) {
      Backbone backbone = Backbones.named(name);
      String last = backbone.stages().get(backbone.stages().size() - 1);
      String prefix = Backbone.prefixOf(name);
      String features = backbone.addTo(graph, prefix, "image", size, last, "");
      embeddings.add("embedding/" + name);
      graph.addLayer(
          "embedding/" + name,
          new DenseLayer.Builder().nOut(EMBEDDING).activation(Activation.IDENTITY).build(),
          features);
    }
    Attentions.Fused fused =
        new Attentions.Fused(backbones.length, EMBEDDING * backbones.length, 1);
    ComputationGraph network = network(graph, embeddings, attention, fused, size);
    for (String name : backbones) {
      Backbones.named(name).initialiseColours(network, Backbone.prefixOf(name));
    }
    return network;
  }

  private static ComputationGraph network(
      GraphBuilder graph,
      List<String> branches,
      String attention,
      Attentions.Fused shape,
      int size) {
    graph.addVertex("fused", new MergeVertex(), branches.toArray(String[]::new));
    var layer = Attentions.create(new AttentionSpec(attention, 4, 4), shape);
    layer.ifPresent(attends -> graph.addLayer("attention", attends, "fused"));
    graph.addLayer(
        "output",
        new OutputLayer.Builder(new LossMCXENT())
            .nOut(CLASSES)
            .activation(Activation.SOFTMAX)
            .build(),
        layer.isPresent() ? "attention" : "fused");
    graph.setOutputs("output");
    graph.setInputTypes(InputType.convolutional(size, size, 3));
    ComputationGraph network = new ComputationGraph(graph.build());
    network.init();
    return network;
  }

  @ParameterizedTest
  @MethodSource("backbones")
  void everyBackbone(String name) throws IOException, OrtException {
    int size = size(name);
    long start = System.nanoTime();
    ComputationGraph network = network("none", size, name);
    INDArray images = FormulaWeights.images(3, size);
    double norm = 0;
    try (ForwardPass pass = ForwardPass.byLayers(network)) {
      for (float value : pass.outputs(new INDArray[] {images}).features()[0][0]) {
        norm += (double) value * value;
      }
    }
    norm = Math.sqrt(norm);
    network.getLayer("embedding/" + name).getParam("W").divi(norm / 10);
    long built = System.nanoTime();
    Path file = write(size, network);
    long written = System.nanoTime();
    double apart = apart(network, file, size);
    System.out.printf(
        "%s size %d apart %.2g norm %.3g built %.1f written %.1f compared %.1f bytes %d%n",
        name, size, apart, norm, (built - start) / 1e9, (written - built) / 1e9,
        (System.nanoTime() - written) / 1e9, Files.size(file));
    assertTrue(apart < 1e-5, name + " " + apart);
  }

  private Path write(int size, ComputationGraph... networks) throws IOException {
    OnnxModel model = new OnnxModel(size);
    for (ComputationGraph network : networks) {
      model.add(network);
    }
    Path file = folder.resolve("model.onnx");
    try (OutputStream out = Files.newOutputStream(file)) {
      model.write(out, "1", Map.of("key", "text"));
    }
    return file;
  }

  private static double apart(ComputationGraph network, Path file, int size) throws OrtException {
    double most = 0;
    try (OnnxRuntime runtime = new OnnxRuntime(file);
        ForwardPass pass = ForwardPass.of(network, 3, 1)) {
      for (int batch : new int[] {1, 3}) {
        INDArray images = FormulaWeights.images(batch, size);
        double[][] expected = pass.output(new INDArray[] {images});
        float[][] actual = runtime.probabilities(images);
        System.out.println(java.util.Arrays.deepToString(actual));
        assertEquals(batch, actual.length);
        for (int row = 0; row < batch; row++) {
          for (int k = 0; k < CLASSES; k++) {
            most = Math.max(most, Math.abs(expected[row][k] - actual[row][k]));
          }
        }
      }
    }
    return most;
  }
}
