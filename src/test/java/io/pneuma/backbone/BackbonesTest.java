package io.pneuma.backbone;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pneuma.downloads.Sources;
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
  /** By resnet50, and by the smaller transformers. */
  private static final Set<String> SAID_FASTER =
      Set.of("resnet152", "vit_b_16", "dinov2_vitb14", "rad_dino");

  static Stream<Arguments> cuts() {
    return Backbones.all().stream()
        .filter(backbone -> !SAID_FASTER.contains(backbone.name()))
        .flatMap(b -> cuts(b).stream().map(stage -> Arguments.of(b.name(), stage)));
  }

  /** Of a transformer's twelve blocks, which are alike, the first and the last. */
  private static List<String> cuts(Backbone backbone) {
    return backbone.stages().stream()
        .filter(stage -> !stage.matches("blocks\\.([1-9]|10)"))
        .toList();
  }

  private static ComputationGraph classifier(String name, String cut, String freezeThrough) {
    var graph = Backbone.graph(new Adam(1e-3), 1).addInputs("image");
    int size = size(name);
    String features = Backbones.named(name).addTo(graph, "x/", "image", size, cut, freezeThrough);
    graph.addLayer(
        "out", new OutputLayer.Builder().nOut(2).activation(Activation.SOFTMAX).build(), features);
    graph.setOutputs("out").setInputTypes(InputType.convolutional(size, size, 3));
    ComputationGraph network = new ComputationGraph(graph.build());
    network.init();
    Backbones.named(name).initialiseColours(network, "x/");
    return network;
  }

  private static int size(String name) {
    int patch = Backbones.named(name).patch();
    return (32 + patch - 1) / patch * patch;
  }

  private static void fit(ComputationGraph network, String name) {
    Nd4j.getRandom().setSeed(5);
    network.fit(
        new INDArray[] {Nd4j.rand(DataType.FLOAT, 2, 3, size(name), size(name))},
        new INDArray[] {Nd4j.eye(2).castTo(DataType.FLOAT)});
  }

  @ParameterizedTest
  @MethodSource("cuts")
  void runsForwardAndBackwardAtEveryCut(String name, String cut) {
    ComputationGraph network = classifier(name, cut, "");
    Parameter first = Parameter.of(network, "x/").get(0);
    float[] before = first.values();
    fit(network, name);
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
    fit(network, name);
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
    graph.setOutputs(Backbones.named(name).addTo(graph, "", "image", size(name), cut, ""));
    return graph.setInputTypes(InputType.convolutional(size(name), size(name), 3)).build();
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
    "resnet56_cifar, 852368",
    "efficientnet_b0, 4007548",
    "convnext_tiny, 27818592",
    "vit_b_16, 85798656",
    "vit_s_16, 21665664",
    "dinov2_vitb14, 85724928"
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
            + " mobilenetv2, resnet50v2, resnet56_cifar, efficientnet_b0, convnext_tiny,"
            + " vit_b_16, vit_s_16, dinov2_vitb14, dinov2_vits14, rad_dino,"
            + " zoo:VGG16, zoo:ResNet50, zoo:Xception, zoo:SqueezeNet",
        message);
  }

  @Test
  void everyKnownSourceOfWeightsIsForABackboneOfTheRegistry() {
    assertTrue(Backbones.stages().keySet().containsAll(Sources.names().keySet()));
  }
}
