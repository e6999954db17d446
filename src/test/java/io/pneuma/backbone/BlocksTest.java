package io.pneuma.backbone;

import static io.pneuma.SameBits.assertSameBits;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pneuma.backbone.Blocks.Conv;
import io.pneuma.layers.ChannelNorm;
import io.pneuma.layers.ChannelScale;
import io.pneuma.layers.ClassToken;
import io.pneuma.layers.FirstToken;
import io.pneuma.layers.GroupedConvolution;
import io.pneuma.layers.Pointwise;
import io.pneuma.layers.TokenAttention;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.stream.Stream;
import org.deeplearning4j.gradientcheck.GradientCheckUtil;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.weights.WeightInit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.NoOp;
import org.nd4j.linalg.ops.transforms.Transforms;

/** The layers that torchvision's networks have not, on a tiny graph. */
class BlocksTest {
  private static final int CHANNELS = 4;
  private static final int SIDE = 6;

  static Stream<Arguments> blocks() {
    return Stream.of(
        Arguments.of("depthwise", block((b, in) -> b.depthwiseNormRelu6("dw", "bn", in, 1))),
        Arguments.of(
            "depthwise of stride 2", block((b, in) -> b.depthwiseNormRelu6("dw", "bn", in, 2))),
        Arguments.of("halved", block((b, in) -> b.halvedBetweenZeros("half", in, CHANNELS))),
        Arguments.of("depthwise with bias", block((b, in) -> b.depthwise("dw", in, 5, 1, true))),
        Arguments.of("gate", block((b, in) -> b.gate("fc1", "fc2", in, 2, CHANNELS))),
        Arguments.of("gelu", block((b, in) -> b.gelu("mix", in))),
        Arguments.of(
            "hard swish",
            block((b, in) -> b.layer("hard", new Pointwise(Pointwise.Kind.HARD_SWISH), in))),
        Arguments.of(
            "layer normalisation", block((b, in) -> b.layer("norm", new ChannelNorm(1e-6), in))),
        Arguments.of("scale", block((b, in) -> b.layer("scale", new ChannelScale(), in))),
        Arguments.of(
            "groups",
            block((b, in) -> b.layer("groups", new GroupedConvolution(6, 2, 3, 2, 1), in))),
        Arguments.of("class token", block((b, in) -> b.layer("token", new ClassToken(), in))),
        Arguments.of("attention", block(BlocksTest::attention)));
  }

  private static String attention(Blocks blocks, String input) {
    String tokens = blocks.layer("token", new ClassToken(), input);
    String three = blocks.biased("qkv", tokens, new Conv(3 * CHANNELS, 1, 1, 0));
    String mixed = blocks.layer("attention", new TokenAttention(2), three);
    return blocks.layer("class", new FirstToken(), mixed);
  }

  private static BiFunction<Blocks, String, String> block(
      BiFunction<Blocks, String, String> block) {
    return block;
  }

  private static ComputationGraph network(DataType type, BiFunction<Blocks, String, String> block) {
    var graph =
        new NeuralNetConfiguration.Builder()
            .seed(3)
            .dataType(type)
            .updater(new NoOp())
            .weightInit(WeightInit.XAVIER)
            .activation(Activation.IDENTITY)
            .graphBuilder()
            .addInputs("in");
    Blocks blocks = new Blocks(graph, "x/");
    String mixed = blocks.convolution("mix", "in", Conv.of(CHANNELS, 1, 1));
    graph
        .addLayer(
            "out",
            new OutputLayer.Builder().nOut(2).activation(Activation.SOFTMAX).build(),
            block.apply(blocks, mixed))
        .setOutputs("out")
        .setInputTypes(InputType.convolutional(SIDE, SIDE, CHANNELS));
    ComputationGraph network = new ComputationGraph(graph.build());
    network.init();
    return network;
  }

  private static INDArray images(DataType type) {
    INDArray wave = Nd4j.linspace(DataType.DOUBLE, 0, 0.37, 3L * CHANNELS * SIDE * SIDE);
    return Transforms.sin(wave).reshape('c', 3, CHANNELS, SIDE, SIDE).castTo(type);
  }

  private static INDArray labels(DataType type) {
    return Nd4j.createFromArray(new double[][] {{1, 0}, {0, 1}, {1, 0}}).castTo(type);
  }

  @AfterEach
  void backToSinglePrecision() {
    Nd4j.setDefaultDataTypes(DataType.FLOAT, DataType.FLOAT);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("blocks")
  void gradientAgreesWithFiniteDifferences(String name, BiFunction<Blocks, String, String> block) {
    Nd4j.setDefaultDataTypes(DataType.DOUBLE, DataType.DOUBLE); // The check insists on it.
    assertTrue(
        GradientCheckUtil.checkGradients(
            new GradientCheckUtil.GraphConfig()
                .net(network(DataType.DOUBLE, block))
                .inputs(new INDArray[] {images(DataType.DOUBLE)})
                .labels(new INDArray[] {labels(DataType.DOUBLE)})
                .excludeParams(Set.of("x/bn_mean", "x/bn_var"))
                .epsilon(1e-6)
                .maxRelError(1e-5)
                .minAbsoluteError(1e-9)));
  }

  /** Single precision takes oneDNN's way, double precision does not. */
  @ParameterizedTest(name = "{0}")
  @MethodSource("blocks")
  void singlePrecisionAgreesWithDouble(String name, BiFunction<Blocks, String, String> block) {
    ComputationGraph single = network(DataType.FLOAT, block);
    ComputationGraph exact = network(DataType.DOUBLE, block);
    exact.setParams(single.params().castTo(DataType.DOUBLE));
    for (ComputationGraph network : new ComputationGraph[] {single, exact}) {
      DataType type = network.params().dataType();
      network.setInputs(images(type));
      network.setLabels(labels(type));
      network.computeGradientAndScore();
    }
    assertEquals(exact.score(), single.score(), 1e-5);
    Map<String, INDArray> gradients = exact.gradient().gradientForVariable();
    gradients.forEach(
        (key, right) -> {
          INDArray given = single.gradient().getGradientFor(key).castTo(DataType.DOUBLE);
          assertTrue(given.equalsWithEps(right, 1e-4), key + " " + given + " " + right);
        });
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("blocks")
  void savedAndClonedNetworksAnswerTheSame(
      String name, BiFunction<Blocks, String, String> block, @TempDir Path folder)
      throws IOException {
    ComputationGraph network = network(DataType.FLOAT, block);
    INDArray answer = network.outputSingle(images(DataType.FLOAT));
    Path file = folder.resolve("model.zip");
    network.save(file.toFile());
    ComputationGraph loaded = ComputationGraph.load(file.toFile(), true);
    assertSameBits(answer, loaded.outputSingle(images(DataType.FLOAT)));
    assertSameBits(answer, network.clone().outputSingle(images(DataType.FLOAT)));
    assertEquals(network.getConfiguration().toJson(), loaded.getConfiguration().toJson());
  }

  @Test
  void halvedMapsLieBetweenZeros() {
    ComputationGraph network =
        network(DataType.FLOAT, (b, in) -> b.halvedBetweenZeros("half", in, CHANNELS));
    Map<String, INDArray> maps = network.feedForward(images(DataType.FLOAT), false);
    INDArray given = maps.get("x/mix");
    INDArray halved = maps.get("x/half");
    assertArrayEquals(new long[] {3, 2 * CHANNELS, SIDE / 2, SIDE / 2}, halved.shape());
    for (int channel = 0; channel < 2 * CHANNELS; channel++) {
      for (int row = 0; row < SIDE / 2; row++) {
        for (int column = 0; column < SIDE / 2; column++) {
          boolean zero = channel < CHANNELS / 2 || channel >= 3 * CHANNELS / 2;
          assertEquals(
              zero ? 0 : given.getDouble(1, channel - CHANNELS / 2, 2 * row, 2 * column),
              halved.getDouble(1, channel, row, column),
              1e-9);
        }
      }
    }
  }
}
