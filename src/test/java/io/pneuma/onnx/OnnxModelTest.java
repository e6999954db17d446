package io.pneuma.onnx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.onnxruntime.OrtException;
import io.pneuma.attention.AttentionLayer;
import io.pneuma.attention.Attentions;
import io.pneuma.backbone.Backbone;
import io.pneuma.backbone.Backbones;
import io.pneuma.backbone.FormulaWeights;
import io.pneuma.backbone.FormulaWeights.Formula;
import io.pneuma.backprop.ForwardPass;
import io.pneuma.config.Recipe.AttentionSpec;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration.GraphBuilder;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.graph.MergeVertex;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.conf.layers.SeparableConvolution2D;
import org.deeplearning4j.nn.conf.layers.ZeroPaddingLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.linalg.learning.config.NoOp;
import org.nd4j.linalg.lossfunctions.impl.LossMCXENT;

/** Exported networks, run by ONNX Runtime, against what runs them here. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class OnnxModelTest {
  /** With {@code -Dpneuma.everyBackbone} all are tried whole. */
  private static final boolean EVERY = System.getProperty("pneuma.everyBackbone") != null;

  /** Small ones, one of them a transformer, whose end is unlike its beginning. */
  private static final Set<String> WHOLE = Set.of("squeezenet1_1", "dinov2_vits14");

  /** They have a single stage. */
  private static final Set<String> LARGE = Set.of("zoo:ResNet50", "zoo:VGG16", "zoo:Xception");

  private static final int CLASSES = 3;
  private static final int EMBEDDING = 8;

  @TempDir static Path folder;

  static Stream<String> backbones() {
    return Backbones.all().stream().map(Backbone::name);
  }

  static Stream<String> attentions() {
    return Attentions.names().stream();
  }

  private static int size(String name) {
    int patch = Backbones.named(name).patch();
    return (32 + patch - 1) / patch * patch;
  }

  /** The last stage, or one near the beginning, which shows most of what there is to show. */
  private static String stage(String name) {
    List<String> stages = Backbones.named(name).stages();
    boolean whole = EVERY || WHOLE.contains(name) || stages.size() == 1;
    return stages.get(whole ? stages.size() - 1 : 2);
  }

  /** A backbone and the stage that it ends at. */
  private record Part(String name, String stage) {
    String prefix() {
      return Backbone.prefixOf(name);
    }
  }

  private static final List<Part> SMALL =
      List.of(new Part("squeezenet1_1", "features.4"), new Part("resnet18", "layer1"));

  private static ComputationGraph onVectors(String attention, int size, List<Part> parts) {
    GraphBuilder graph = Backbone.graph(new NoOp(), 1).addInputs("image");
    List<String> embeddings = new ArrayList<>();
    for (Part part : parts) {
      Backbone backbone = Backbones.named(part.name);
      String features = backbone.addTo(graph, part.prefix(), "image", size, part.stage, part.stage);
      embeddings.add("embedding/" + part.name);
      graph.addLayer(
          "embedding/" + part.name,
          new DenseLayer.Builder().nOut(EMBEDDING).activation(Activation.IDENTITY).build(),
          features);
    }
    Attentions.Fused shape = new Attentions.Fused(parts.size(), EMBEDDING * parts.size(), 1);
    return network(graph, embeddings, attention, shape, size, parts);
  }

  private static ComputationGraph onMaps(
      String attention, int size, int side, int channels, List<Part> parts) {
    GraphBuilder graph = Backbone.graph(new NoOp(), 1).addInputs("image");
    List<String> maps = new ArrayList<>();
    for (Part part : parts) {
      Backbone backbone = Backbones.named(part.name);
      maps.add(
          backbone.addMapsTo(graph, part.prefix(), "image", size, part.stage, part.stage, side));
    }
    Attentions.Fused shape = new Attentions.Fused(2, channels, side * side);
    return network(graph, maps, attention, shape, size, parts);
  }

  private static ComputationGraph network(
      GraphBuilder graph,
      List<String> branches,
      String attention,
      Attentions.Fused shape,
      int size,
      List<Part> parts) {
    graph.addVertex("fused", new MergeVertex(), branches.toArray(String[]::new));
    Optional<AttentionLayer> layer = Attentions.create(new AttentionSpec(attention, 4, 4), shape);
    layer.ifPresent(attends -> graph.addLayer("attention", attends, "fused"));
    OutputLayer output =
        new OutputLayer.Builder(new LossMCXENT())
            .nOut(CLASSES)
            .activation(Activation.SOFTMAX)
            .build();
    graph.addLayer("output", output, layer.isPresent() ? "attention" : "fused");
    graph.setOutputs("output");
    graph.setInputTypes(InputType.convolutional(size, size, 3));
    ComputationGraph network = new ComputationGraph(graph.build());
    network.init();
    for (Part part : parts) {
      Backbones.named(part.name).initialiseColours(network, part.prefix());
      FormulaWeights.fill(network, part.prefix(), new Formula(0.001, 1));
    }
    settle(network, size);
    return network;
  }

  /** Makes logits of a usual size of whatever the random backbones give, so that they tell. */
  private static void settle(ComputationGraph network, int size) {
    Map<String, INDArray> given = network.feedForward(FormulaWeights.images(3, size), false);
    double before = given.get("fused").norm2Number().doubleValue();
    for (String vertex : network.getConfiguration().getVertexInputs().get("fused")) {
      if (vertex.startsWith("embedding")) {
        network.getLayer(vertex).getParam("W").divi(before / 10);
      }
    }
    INDArray bias = network.getLayer("output").getParam("b");
    bias.putScalar(0, 0.3);
  }

  private static Path write(String name, int size, ComputationGraph... networks)
      throws IOException {
    OnnxModel model = new OnnxModel(size);
    for (ComputationGraph network : networks) {
      model.add(name, network);
    }
    Path file = folder.resolve(name.replace(':', '_') + ".onnx");
    try (OutputStream out = Files.newOutputStream(file)) {
      model.write(out, "1", Map.of("key", "text"));
    }
    return file;
  }

  /**
   * Holds the file against the mean of the networks' probabilities by Deeplearning4j's layers, as
   * {@code predict} has them; with all that can be tried, in double precision.
   */
  private static void assertSame(Path file, int size, ComputationGraph... networks)
      throws OrtException {
    INDArray images = FormulaWeights.images(3, size);
    DataType precision = EVERY ? DataType.DOUBLE : DataType.FLOAT;
    INDArray expected = Nd4j.zeros(precision, 3, CLASSES);
    for (ComputationGraph network : networks) {
      ComputationGraph layers = EVERY ? network.convertDataType(precision) : network;
      expected.addi(layers.outputSingle(images.castTo(precision)).div(networks.length));
    }
    try (OnnxRuntime runtime = new OnnxRuntime(file)) {
      assertSame(file, expected, runtime.probabilities(images));
      INDArray first = images.get(NDArrayIndex.interval(0, 1));
      assertSame(file, expected.get(NDArrayIndex.interval(0, 1)), runtime.probabilities(first));
      if (EVERY && networks.length == 1) {
        try (ForwardPass pass = ForwardPass.of(networks[0], 3, 1)) {
          double[][] compiled = pass.output(new INDArray[] {images});
          assertSame(file, Nd4j.create(compiled), runtime.probabilities(images));
        }
      }
    }
  }

  private static void assertSame(Path file, INDArray expected, float[][] actual) {
    assertEquals(expected.rows(), actual.length);
    if (EVERY) {
      System.out.println("answers " + Arrays.deepToString(actual));
    }
    double apart = 0;
    for (int row = 0; row < actual.length; row++) {
      for (int k = 0; k < CLASSES; k++) {
        apart = Math.max(apart, Math.abs(expected.getDouble(row, k) - actual[row][k]));
      }
    }
    if (EVERY) {
      System.out.println("apart " + file.getFileName() + " " + apart);
    }
    assertTrue(apart < 1e-5, file.getFileName() + ": " + apart); // Nor may it be NaN.
  }

  @ParameterizedTest
  @MethodSource("backbones")
  void aBackboneIsWhatItIsHere(String name) throws IOException, OrtException {
    assumeTrue(EVERY || !LARGE.contains(name), "slow; -Dpneuma.everyBackbone tries it");
    int size = size(name);
    ComputationGraph network = onVectors("none", size, List.of(new Part(name, stage(name))));
    assertSame(write(name, size, network), size, network);
  }

  @ParameterizedTest
  @MethodSource("attentions")
  void anAttentionIsWhatItIsHere(String name) throws IOException, OrtException {
    ComputationGraph network = onVectors(name, 32, SMALL);
    assertSame(write(name, 32, network), 32, network);
  }

  /** Maps as they are, and brought to another size. */
  @ParameterizedTest
  @MethodSource("attentions")
  void anAttentionOnMapsIsWhatItIsHere(String name) throws IOException, OrtException {
    ComputationGraph network = onMaps(name, 32, 3, 128 + 64, SMALL);
    assertSame(write(name + "-maps", 32, network), 32, network);
  }

  /** Its tokens lie in a grid again; as they are, and brought to another size. */
  @ParameterizedTest
  @ValueSource(ints = {3, 2})
  void mapsOfATransformerAreWhatTheyAreHere(int side) throws IOException, OrtException {
    List<Part> parts = List.of(new Part("dinov2_vits14", "blocks.0"), SMALL.get(0));
    ComputationGraph network = onMaps("self", 42, side, 384 + 128, parts);
    assertSame(write("transformer" + side, 42, network), 42, network);
  }

  /** Of the zoo's ResNet50 and Xception, which are large. */
  @Test
  void separableConvolutionsAndPaddingAreWhatTheyAreHere() throws IOException, OrtException {
    GraphBuilder graph = Backbone.graph(new NoOp(), 1).addInputs("image");
    graph.addLayer("padded", new ZeroPaddingLayer.Builder(1, 2, 0, 3).build(), "image");
    graph.addLayer(
        "separable",
        new SeparableConvolution2D.Builder(3, 3)
            .stride(2, 2)
            .convolutionMode(ConvolutionMode.Same)
            .nOut(EMBEDDING)
            .activation(Activation.SIGMOID)
            .build(),
        "padded");
    graph.addLayer("features", new GlobalPoolingLayer(PoolingType.AVG), "separable");
    Attentions.Fused shape = new Attentions.Fused(1, EMBEDDING, 1);
    ComputationGraph network = network(graph, List.of("features"), "none", shape, 9, List.of());
    assertSame(write("separable", 9, network), 9, network);
  }

  @Test
  void membersAreAveragedAndShareWhatIsFrozen() throws IOException, OrtException {
    ComputationGraph one = onVectors("se", 32, SMALL);
    ComputationGraph other = one.clone();
    other.getLayer("output").getParam("b").addi(0.5).putScalar(0, -2);
    other.getLayer("attention").getParam("W1").muli(-1);
    Path alone = write("alone", 32, one);
    Path both = write("both", 32, one, other);
    assertSame(both, 32, one, other);
    assertTrue(Files.size(both) < 1.1 * Files.size(alone), "backbones stand twice in it");
  }

  @Test
  void aLayerThatIsUnknownIsNamed() {
    GraphBuilder graph = Backbone.graph(new NoOp(), 1).addInputs("image");
    graph.addLayer("bent", new ActivationLayer(Activation.CUBE), "image");
    graph.addLayer("features", new GlobalPoolingLayer(PoolingType.AVG), "bent");
    ComputationGraph network =
        network(graph, List.of("features"), "none", new Attentions.Fused(1, 3, 1), 16, List.of());
    OnnxException refused =
        assertThrows(OnnxException.class, () -> new OnnxModel(16).add("this run", network));
    String message = refused.getMessage();
    assertTrue(message.startsWith("this run: a layer cannot be exported: bent: "), message);
  }

  @Test
  void whatIsTooLargeForAFileIsRefused() {
    ComputationGraph network = onVectors("none", 32, SMALL);
    OnnxModel small = new OnnxModel(32, 100_000);
    OnnxException refused = assertThrows(OnnxException.class, () -> small.add("this run", network));
    assertTrue(refused.getMessage().startsWith("this run: does not fit"), refused.getMessage());
  }

  /**
   * ONNX's own, with every shape inferred for whatever batch; of all files that are there by now.
   */
  @Test
  @Order(Integer.MAX_VALUE)
  void theCheckerFindsNothing() throws IOException, InterruptedException {
    assumeTrue(python("import onnx").isEmpty(), "Python's onnx is not on this machine");
    String complaints =
        python(
            """
            import glob, onnx, sys
            files = glob.glob(sys.argv[1] + '/*.onnx')
            assert len(files) > 8, files
            for file in files:
                onnx.checker.check_model(file)
                graph = onnx.shape_inference.infer_shapes(onnx.load(file), strict_mode=True).graph
                sizes = [d.dim_param or d.dim_value for d in graph.output[0].type.tensor_type.shape.dim]
                assert sizes == ['N', 3], (file, sizes)
            """);
    assertEquals("", complaints);
  }

  /** What Debian's Python says of a program. */
  private static String python(String program) throws IOException, InterruptedException {
    if (!Files.isExecutable(Path.of("/usr/bin/python3"))) {
      return "no Python";
    }
    Process process =
        new ProcessBuilder("/usr/bin/python3", "-c", program, folder.toString())
            .redirectErrorStream(true)
            .start();
    process.getOutputStream().close();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return process.waitFor() == 0 ? "" : said + "failed";
  }
}
