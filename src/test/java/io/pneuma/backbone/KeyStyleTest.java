package io.pneuma.backbone;

import static io.pneuma.SameBits.assertSameBits;
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
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
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

  /** Up to the first block, as DINOv2's ViT-S has it, at another size than the weights' own. */
  private ComputationGraph firstBlock(int size) throws IOException {
    Backbone backbone = Backbones.named("dinov2_vits14");
    var graph = Backbone.graph(new NoOp(), 1).addInputs("image");
    graph.setOutputs(backbone.addTo(graph, "", "image", size, "blocks.0", ""));
    graph.setInputTypes(InputType.convolutional(size, size, 3));
    ComputationGraph network = new ComputationGraph(graph.build());
    network.init();
    backbone.initialiseColours(network, "");
    Pretrained.open(write(), false).into(network, "", backbone);
    return network;
  }

  private void putAs(String key, String own, long... shape) {
    tensors.put(key, new FloatTensor(shape, FormulaWeights.values(own, shape)));
  }

  private void timm() {
    putAs("cls_token", "token", 1, 1, 384);
    putAs("pos_embed", "positions", 1, 1 + 16, 384);
    putAs("mask_token", "mask", 1, 384);
    putAs("patch_embed.proj.weight", "patches", 384, 3, 14, 14);
    putAs("patch_embed.proj.bias", "shift", 384);
    for (String norm : List.of("norm1", "norm2")) {
      putAs("blocks.0." + norm + ".weight", norm + ".weight", 384);
      putAs("blocks.0." + norm + ".bias", norm + ".bias", 384);
    }
    float[] three = FormulaWeights.values("qkv", new long[] {3 * 384, 384});
    tensors.put("blocks.0.attn.qkv.weight", new FloatTensor(new long[] {3 * 384, 384}, three));
    float[] shift = FormulaWeights.values("qkv.bias", new long[] {3 * 384});
    tensors.put("blocks.0.attn.qkv.bias", new FloatTensor(new long[] {3 * 384}, shift));
    putAs("blocks.0.attn.proj.weight", "proj", 384, 384);
    putAs("blocks.0.attn.proj.bias", "proj.bias", 384);
    putAs("blocks.0.ls1.gamma", "ls1", 384);
    putAs("blocks.0.mlp.fc1.weight", "fc1", 4 * 384, 384);
    putAs("blocks.0.mlp.fc1.bias", "fc1.bias", 4 * 384);
    putAs("blocks.0.mlp.fc2.weight", "fc2", 384, 4 * 384);
    putAs("blocks.0.mlp.fc2.bias", "fc2.bias", 384);
    putAs("blocks.0.ls2.gamma", "ls2", 384);
  }

  /** The same tensors by other names; query, key and value apart. */
  private void rename(UnaryOperator<String> names, boolean apart) {
    Map<String, FloatTensor> given = new LinkedHashMap<>(tensors);
    tensors.clear();
    given.forEach(
        (key, tensor) -> {
          if (!apart || !key.contains("qkv")) {
            tensors.put(names.apply(key), tensor);
            return;
          }
          List<String> parts = List.of("value", "query", "key"); // In no order of use.
          List<String> order = List.of("query", "key", "value");
          for (String part : parts) {
            long[] shape = tensor.shape().clone();
            shape[0] /= 3;
            int length = tensor.values().length / 3;
            int from = order.indexOf(part) * length;
            float[] some = Arrays.copyOfRange(tensor.values(), from, from + length);
            tensors.put(names.apply(key.replace("qkv", part)), new FloatTensor(shape, some));
          }
        });
  }

  @Test
  void transformersAreReadByTimmsNamesAndHuggingFaces() throws IOException {
    timm();
    INDArray images = FormulaWeights.images(2, 56);
    INDArray expected = firstBlock(56).outputSingle(images);
    assertEquals(384, expected.columns());
    rename(
        key ->
            "dinov2."
                + key.replace("blocks.", "encoder.layer.")
                    .replaceFirst("^cls_token", "embeddings.cls_token")
                    .replaceFirst("^mask_token", "embeddings.mask_token")
                    .replaceFirst("^pos_embed", "embeddings.position_embeddings")
                    .replaceFirst("^patch_embed.proj", "embeddings.patch_embeddings.projection")
                    .replaceFirst("attn.proj", "attention.output.dense")
                    .replaceFirst("attn.(query|key|value)", "attention.attention.$1")
                    .replaceFirst("ls([12]).gamma", "layer_scale$1.lambda1"),
        true);
    assertTrue(tensors.containsKey("dinov2.encoder.layer.0.attention.attention.key.weight"));
    assertSameBits(expected, firstBlock(56).outputSingle(images));
  }

  @Test
  void positionsAreScaledToTheImage() throws IOException {
    timm();
    ComputationGraph network = firstBlock(84); // 6 x 6 patches of 4 x 4.
    FloatTensor given = tensors.get("pos_embed");
    float[] expected = Positions.scaled(given.values(), given.shape(), new long[] {1, 1 + 36, 384});
    float[] found = network.getLayer("tokens").getParam("positions").dup('c').data().asFloat();
    assertArrayEquals(expected, found);
  }

  @Test
  void aMissingThirdOfQueryKeyAndValueIsNamed() throws IOException {
    timm();
    rename(
        key ->
            key.replaceFirst("^cls_token", "embeddings.cls_token")
                .replace("blocks.", "encoder.layer.")
                .replaceFirst("attn.(query|key|value)", "attention.attention.$1"),
        true);
    tensors.remove("encoder.layer.0.attention.attention.key.bias");
    WeightsException refusal = assertThrows(WeightsException.class, () -> firstBlock(56));
    assertTrue(
        refusal.getMessage().contains("attention.query.bias")
            && refusal.getMessage().contains("name the same parameter"),
        refusal.getMessage());
  }

  @ParameterizedTest
  @CsvSource({
    "conv_proj.weight, patches.weight",
    "encoder.pos_embedding, tokens.positions",
    "encoder.layers.encoder_layer_11.ln_1.weight, blocks.11.norm1.weight",
    "encoder.layers.encoder_layer_3.self_attention.in_proj_weight, blocks.3.attn.qkv.weight",
    "encoder.layers.encoder_layer_3.self_attention.in_proj_bias, blocks.3.attn.qkv.bias",
    "encoder.layers.encoder_layer_3.self_attention.out_proj.bias, blocks.3.attn.proj.bias",
    "encoder.layers.encoder_layer_0.mlp.0.weight, blocks.0.mlp.fc1.weight",
    "encoder.layers.encoder_layer_0.mlp.linear_2.bias, blocks.0.mlp.fc2.bias",
    "encoder.ln.bias, norm.bias",
    "heads.head.weight, head.weight"
  })
  void torchvisionsTransformers(String key, String own) throws IOException {
    put("class_token", 1, 1, 1);
    put(key, 1);
    assertEquals(List.of("tokens.token", own), List.copyOf(canonical().keySet()));
  }
}
