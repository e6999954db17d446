package io.pneuma.backbone;

import static io.pneuma.SameBits.assertSameBits;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pneuma.weights.WeightsException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.util.ModelSerializer;
import org.deeplearning4j.zoo.ZooModel;
import org.deeplearning4j.zoo.model.SqueezeNet;
import org.deeplearning4j.zoo.model.VGG16;
import org.deeplearning4j.zoo.model.Xception;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.NoOp;
import org.nd4j.linalg.ops.transforms.Transforms;

/** Against the graphs that the zoo's own classes build. */
class ZooBackboneTest {
  private static final String PREFIX = "x/";

  @TempDir Path folder;

  private static ZooModel<?> zoo(String name, int size) {
    int[] shape = {3, size, size};
    return switch (name) {
      case "zoo:VGG16" -> VGG16.builder().inputShape(shape).numClasses(3).build();
      case "zoo:ResNet50" ->
          org.deeplearning4j.zoo.model.ResNet50.builder().inputShape(shape).numClasses(3).build();
      case "zoo:Xception" -> Xception.builder().inputShape(shape).numClasses(3).build();
      default -> SqueezeNet.builder().inputShape(shape).numClasses(3).build();
    };
  }

  private static ComputationGraph zooGraph(String name, int size) {
    ComputationGraph graph = zoo(name, size).init();
    for (Layer layer : graph.getLayers()) {
      layer.paramTable().forEach(ZooBackboneTest::fill);
    }
    return graph;
  }

  /** Values that differ from each other and keep activations in range. */
  private static void fill(String key, INDArray values) {
    INDArray sines =
        Transforms.sin(Nd4j.arange((double) values.length()).mul(0.7).add(key.hashCode() % 7));
    double fanIn = (double) values.length() / values.size(0);
    double scale = values.rank() == 4 ? Math.sqrt(3 / fanIn) : 0.1;
    boolean depthwise = values.rank() == 4 && values.size(0) == 1 && values.size(2) == 3;
    double offset = key.equals("gamma") ? 0.5 : 0;
    values.assign(
        sines
            .mul(depthwise ? 0.5 : scale)
            .add(offset)
            .castTo(values.dataType())
            .reshape(values.shape()));
  }

  private static ComputationGraph features(Backbone backbone, int size) {
    var graph = Backbone.graph(new NoOp(), 1).addInputs("image");
    graph.setOutputs(backbone.addTo(graph, PREFIX, "image", size, "features", ""));
    graph.setInputTypes(InputType.convolutional(size, size, 3));
    ComputationGraph network = new ComputationGraph(graph.build());
    network.init();
    backbone.initialiseColours(network, PREFIX);
    return network;
  }

  private Path save(ComputationGraph graph) throws IOException {
    Path file = folder.resolve("zoo.zip");
    ModelSerializer.writeModel(graph, file.toFile(), false);
    return file;
  }

  /** The image size is the least at which the zoo's own graph, classifier and all, can be built. */
  @ParameterizedTest
  @CsvSource({
    "zoo:VGG16, 64, 17, 512",
    "zoo:ResNet50, 160, res5c_branch, 2048",
    "zoo:Xception, 71, block14_sepconv2_act, 2048",
    "zoo:SqueezeNet, 64, fire9, 512"
  })
  void givesWhatTheZoosOwnGraphGivesAtTheCut(String name, int size, String cut, int width)
      throws IOException {
    ComputationGraph zoo = zooGraph(name, size);
    Path file = save(zoo);
    Backbone backbone = Pretrained.open(file, false).fit(Backbones.named(name));
    ComputationGraph network = features(backbone, size);
    Pretrained.open(file, false).into(network, PREFIX, backbone);

    INDArray images = FormulaWeights.images(2, size);
    Map<String, INDArray> own = network.feedForward(images, false);
    INDArray mapped = own.get(PREFIX + "colours");
    INDArray expected = zoo.feedForward(mapped, false).get(cut).mean(2, 3);
    INDArray actual = own.get(PREFIX + "features");
    assertEquals(width, actual.columns());
    double largest = expected.amaxNumber().doubleValue();
    assertTrue(largest > 0 && Double.isFinite(largest), "features " + largest);
    assertEquals(0, expected.sub(actual).amaxNumber().doubleValue() / largest, 1e-5);
  }

  @Test
  void anotherNetworkTakesNoGraphFromElsewhere() throws IOException {
    Path file = save(zooGraph("zoo:SqueezeNet", 64));
    assertEquals(
        file
            + ": holds a Deeplearning4j graph from elsewhere, which only a backbone zoo:NAME takes;"
            + " resnet18 takes tensors with its publisher's keys, or a run's model.zip",
        refusal(file, "resnet18"));
  }

  @Test
  void oneZooNetworkIsNotTakenForAnother() throws IOException {
    Path file = save(zooGraph("zoo:SqueezeNet", 64));
    assertEquals(
        file
            + ": does not fit zoo:VGG16: has a ConvolutionLayer 128 -> 16 [1, 1], which is not in"
            + " VGG16",
        refusal(file, "zoo:VGG16"));
  }

  @Test
  void refusesValuesThatAreNotNumbers() throws IOException {
    ComputationGraph zoo = zooGraph("zoo:SqueezeNet", 64);
    zoo.getLayer("fire3_exp1x1").getParam("b").putScalar(3, Double.NaN);
    Path file = save(zoo);
    Backbone backbone = Pretrained.open(file, false).fit(Backbones.named("zoo:SqueezeNet"));
    ComputationGraph network = features(backbone, 64);
    INDArray before = network.params().dup();
    WeightsException refused =
        assertThrows(
            WeightsException.class,
            () -> Pretrained.open(file, false).into(network, PREFIX, backbone));
    assertTrue(refused.getMessage().contains("fire3.exp1x1.bias: holds NaN"), refused.getMessage());
    assertSameBits(before, network.params());
    Pretrained.open(file, true).into(network, PREFIX, backbone);
    assertTrue(Double.isNaN(network.params().sumNumber().doubleValue()));
  }

  /** A run's model.zip holds the backbone under its own name, here frozen. */
  @Test
  void takesTheSameBackboneOutOfARunsGraph() throws IOException {
    Path file = save(zooGraph("zoo:SqueezeNet", 64));
    Backbone backbone = Pretrained.open(file, false).fit(Backbones.named("zoo:SqueezeNet"));
    String prefix = Backbone.prefixOf(backbone.name());
    var builder = Backbone.graph(new NoOp(), 1).addInputs("image");
    builder.setOutputs(backbone.addTo(builder, prefix, "image", 64, "features", "features"));
    builder.setInputTypes(InputType.convolutional(64, 64, 3));
    ComputationGraph run = new ComputationGraph(builder.build());
    run.init();
    backbone.initialiseColours(run, prefix);
    Pretrained.open(file, false).into(run, prefix, backbone);
    Path saved = save(run);

    Backbone again = Pretrained.open(saved, false).fit(Backbones.named("zoo:SqueezeNet"));
    ComputationGraph network = features(again, 64);
    Pretrained.open(saved, false).into(network, PREFIX, again);
    INDArray images = FormulaWeights.images(1, 64);
    assertSameBits(run.outputSingle(images), network.outputSingle(images));
  }

  private static String refusal(Path file, String backbone) {
    return assertThrows(
            WeightsException.class,
            () -> Pretrained.open(file, false).fit(Backbones.named(backbone)))
        .getMessage();
  }
}
