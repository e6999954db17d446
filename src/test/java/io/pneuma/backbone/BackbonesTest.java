package io.pneuma.backbone;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pneuma.weights.Sources;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;

/** What holds for every backbone of the registry, at every cut. */
class BackbonesTest {
  static Stream<Arguments> cuts() {
    return Backbones.all().stream()
        .filter(backbone -> !backbone.name().equals("resnet152")) // resnet50 says the same, faster.
        .flatMap(b -> b.stages().stream().map(stage -> Arguments.of(b.name(), stage)));
  }

  private static ComputationGraph classifier(String name, String cut, String freezeThrough) {
    var graph = Backbone.graph(new Adam(1e-3), 1).addInputs("image");
    String features = Backbones.named(name).addTo(graph, "x/", "image", 32, cut, freezeThrough);
    graph.addLayer(
        "out", new OutputLayer.Builder().nOut(2).activation(Activation.SOFTMAX).build(), features);
    graph.setOutputs("out").setInputTypes(InputType.convolutional(32, 32, 3));
    ComputationGraph network = new ComputationGraph(graph.build());
    network.init();
    Backbones.named(name).initialiseColours(network, "x/");
    return network;
  }

  private static void fit(ComputationGraph network) {
    Nd4j.getRandom().setSeed(5);
    network.fit(
        new INDArray[] {Nd4j.rand(DataType.FLOAT, 2, 3, 32, 32)},
        new INDArray[] {Nd4j.eye(2).castTo(DataType.FLOAT)});
  }

  @ParameterizedTest
  @MethodSource("cuts")
  void runsForwardAndBackwardAtEveryCut(String name, String cut) {
    ComputationGraph network = classifier(name, cut, "");
    Parameter first = Parameter.of(network, "x/").get(0);
    float[] before = first.values();
    fit(network);
    assertTrue(Double.isFinite(network.score()));
    assertTrue(!Arrays.equals(before, first.values()), "the first convolution learns");
  }

  /** The whole of it: weights, and what batch normalisation has stored. */
  @ParameterizedTest
  @MethodSource("cuts")
  void frozenStagesDoNotMove(String name, String stage) {
    List<String> stages = Backbones.named(name).stages();
    String last = stages.get(stages.size() - 1);
    ComputationGraph network = classifier(name, last, stage);
    Set<String> frozen = Parameter.keys(conf(name, stage));
    List<Parameter> parameters = Parameter.of(network, "x/");
    List<float[]> before = parameters.stream().map(Parameter::values).toList();
    fit(network);
    int learned = 0;
    for (int i = 0; i < parameters.size(); i++) {
      boolean moved = !Arrays.equals(before.get(i), parameters.get(i).values());
      assertTrue(
          !moved || !frozen.contains(parameters.get(i).key()),
          parameters.get(i).key() + " is frozen and moved");
      learned += moved ? 1 : 0;
    }
    assertTrue(!frozen.isEmpty());
    assertEquals(stage.equals(last), learned == 0, learned + " parameters learned");
  }

  private static ComputationGraphConfiguration conf(String name, String cut) {
    var graph = Backbone.graph(new Adam(1e-3), 1).addInputs("image");
    graph.setOutputs(Backbones.named(name).addTo(graph, "", "image", 32, cut, ""));
    return graph.setInputTypes(InputType.convolutional(32, 32, 3)).build();
  }

  /** Parameter counts of the references without the classifier; running statistics left out. */
  @ParameterizedTest
  @CsvSource({
    "resnet18, 11176512",
    "resnet50, 23508032",
    "resnet152, 58143808",
    "densenet121, 6953856",
    "squeezenet1_1, 722496",
    "mobilenetv2, 2224960",
    "resnet50v2, 23500486",
    "resnet56_cifar, 852368"
  })
  void hasAsManyParametersAsTheReference(String name, long expected) {
    Backbone backbone = Backbones.named(name);
    long learned =
        Parameter.of(backbone.network(), "").stream()
            .filter(p -> !p.key().startsWith(backbone.classifierKey()))
            .filter(p -> !p.key().contains("running_"))
            .mapToLong(Parameter::length)
            .sum();
    assertEquals(expected, learned);
  }

  @Test
  void aMissListsWhatIsKnown() {
    String message =
        assertThrows(IllegalArgumentException.class, () -> Backbones.named("resnet5")).getMessage();
    assertEquals(
        "no backbone resnet5; known: resnet18, resnet50, resnet152, densenet121, squeezenet1_1,"
            + " mobilenetv2, resnet50v2, resnet56_cifar,"
            + " zoo:VGG16, zoo:ResNet50, zoo:Xception, zoo:SqueezeNet",
        message);
  }

  @Test
  void everyKnownSourceOfWeightsIsForABackboneOfTheRegistry() {
    assertTrue(Backbones.stages().keySet().containsAll(Sources.names().keySet()));
  }
}
