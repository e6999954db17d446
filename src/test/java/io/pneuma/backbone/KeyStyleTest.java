package io.pneuma.backbone;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pneuma.backbone.Pretrained.Taken;
import io.pneuma.weights.SafetensorsWriter;
import io.pneuma.weights.SafetensorsWriter.FloatTensor;
import io.pneuma.weights.WeightsException;
import io.pneuma.weights.WeightsFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.NoOp;

/** How publishers name what a backbone's stem needs; the first stage stands for the rest. */
class KeyStyleTest {
  private static final List<String> NORM = List.of("gamma", "beta", "running_mean", "running_var");

  @TempDir Path folder;
  private final Map<String, FloatTensor> tensors = new LinkedHashMap<>();

  private void put(String key, long... shape) {
    tensors.put(key, new FloatTensor(shape, FormulaWeights.values(key, shape)));
  }

  private Path write() throws IOException {
    Path file = folder.resolve("weights.safetensors");
    SafetensorsWriter.write(file, tensors);
    return file;
  }

  private static ComputationGraph stem(Backbone backbone) {
    var graph = Backbone.graph(new NoOp(), 1).addInputs("image");
    graph.setOutputs(backbone.addTo(graph, "", "image", 32, "stem", ""));
    graph.setInputTypes(InputType.convolutional(32, 32, 3));
    ComputationGraph network = new ComputationGraph(graph.build());
    network.init();
    backbone.initialiseColours(network, "");
    return network;
  }

  private void grey() {
    put("features.conv0.weight", 64, 1, 7, 7);
    for (String part : List.of("weight", "bias", "running_mean", "running_var")) {
      put("features.norm0." + part, 64);
    }
    put("features.norm0.num_batches_tracked", 1);
    put("classifier.weight", 18, 1024);
    put("classifier.bias", 18);
    put("op_threshs", 18);
  }

  @Test
  void torchxrayvisionSeesOneGreyChannel() throws IOException {
    grey();
    Pretrained weights = Pretrained.open(write(), false);
    Backbone backbone = weights.fit(Backbones.named("densenet121"));
    ComputationGraph network = stem(backbone);
    Taken taken = weights.into(network, "", backbone);
    assertEquals("safetensors, torchxrayvision keys", taken.format());
    assertEquals(
        List.of(
            "classifier.bias",
            "classifier.weight",
            "features.norm0.num_batches_tracked",
            "op_threshs"),
        taken.unused());
    assertArrayEquals(
        tensors.get("features.conv0.weight").values(), Parameter.of(network, "").get(0).values());
    float[] half =
        network
            .feedForward(Nd4j.valueArrayOf(new long[] {1, 3, 32, 32}, 0.75, DataType.FLOAT), false)
            .get(Backbone.coloursOf(""))
            .dup()
            .data()
            .asFloat();
    assertEquals(32 * 32, half.length);
    assertEquals(512, half[0], 1e-2, "(2 * 0.75 - 1) * 1024");
  }

  @Test
  void thresholdsAreNoKeyOfTorchvision() throws IOException {
    grey();
    put("features.conv0.weight", 64, 3, 7, 7);
    Backbone backbone = Backbones.named("densenet121");
    Pretrained weights = Pretrained.open(write(), false);
    String message =
        assertThrows(WeightsException.class, () -> weights.into(stem(backbone), "", backbone))
            .getMessage();
    assertTrue(message.endsWith("keys:\n  op_threshs: not a key of densenet121"), message);
  }

  @Test
  void gluonJoinsPathsByUnderscores() throws IOException {
    put("mobilenetv20_features_conv0_weight", 32, 3, 3, 3);
    NORM.forEach(part -> put("mobilenetv20_features_batchnorm0_" + part, 32));
    put("mobilenetv20_output_pred_weight", 1000, 1280, 1, 1);
    Pretrained weights = Pretrained.open(write(), false);
    Backbone backbone = Backbones.named("mobilenetv2");
    ComputationGraph network = stem(backbone);
    assertEquals(
        List.of("mobilenetv20_output_pred_weight"), weights.into(network, "", backbone).unused());
    Map<String, float[]> values = new LinkedHashMap<>();
    Parameter.of(network, "").forEach(p -> values.put(p.key(), p.values()));
    for (int i = 0; i < NORM.size(); i++) {
      String own = List.of("weight", "bias", "running_mean", "running_var").get(i);
      assertArrayEquals(
          tensors.get("mobilenetv20_features_batchnorm0_" + NORM.get(i)).values(),
          values.get("features.batchnorm0." + own));
    }
  }

  @Test
  void keysBehindDataParallelAreTaken() throws IOException {
    put("module.conv1.weight", 16, 3, 3, 3);
    for (String part : List.of("weight", "bias", "running_mean", "running_var")) {
      put("module.bn1." + part, 16);
    }
    put("module.linear.weight", 10, 64);
    put("module.layer1.0.conv1.weight", 16, 16, 3, 3);
    Pretrained weights = Pretrained.open(write(), false);
    Backbone backbone = Backbones.named("resnet56_cifar");
    Taken taken = weights.into(stem(backbone), "", backbone);
    assertEquals("safetensors, akamaster keys", taken.format());
    assertEquals(List.of("module.layer1.0.conv1.weight", "module.linear.weight"), taken.unused());
  }

  @ParameterizedTest
  @CsvSource({
    "features.denseblock1.denselayer2.norm.1.running_var, norm1.running_var",
    "features.denseblock1.denselayer2.conv.2.weight, conv2.weight",
    "features.denseblock1.denselayer2.conv2.weight, conv2.weight"
  })
  void oldDenseNetKeysLoseADot(String key, String expected) throws IOException {
    put(key, 1);
    assertEquals(
        List.of("features.denseblock1.denselayer2." + expected), List.copyOf(canonical().keySet()));
  }

  @Test
  void aTransitionKeepsItsDots() throws IOException {
    put("features.transition1.norm.weight", 1);
    assertEquals(List.of("features.transition1.norm.weight"), List.copyOf(canonical().keySet()));
  }

  @Test
  void twoKeysForOneParameterAreAProblem() throws IOException {
    put("denselayer1.norm.1.weight", 1);
    put("denselayer1.norm1.weight", 1);
    List<String> problems = new ArrayList<>();
    try (WeightsFile file = WeightsFile.open(write())) {
      KeyStyle.of(file).canonical(file.keys(), problems);
    }
    assertEquals(
        List.of(
            "denselayer1.norm.1.weight, denselayer1.norm1.weight: name the same parameter,"
                + " denselayer1.norm1.weight"),
        problems);
  }

  private Map<String, List<String>> canonical() throws IOException {
    try (WeightsFile file = WeightsFile.open(write())) {
      return KeyStyle.of(file).canonical(file.keys(), new ArrayList<>());
    }
  }
}
