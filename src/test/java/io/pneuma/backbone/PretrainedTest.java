package io.pneuma.backbone;

import static io.pneuma.SameBits.assertSameBits;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pneuma.backbone.Pretrained.Taken;
import io.pneuma.backbone.WeightsReport.Entry;
import io.pneuma.weights.SafetensorsWriter;
import io.pneuma.weights.SafetensorsWriter.FloatTensor;
import io.pneuma.weights.WeightsException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.util.ModelSerializer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.learning.config.NoOp;

class PretrainedTest {
  private static final String PREFIX = "squeezenet1.1/";

  @TempDir Path folder;
  private final Backbone backbone = new SqueezeNet11();
  private Map<String, FloatTensor> published;

  @BeforeEach
  void writeFormulaWeights() {
    published = new LinkedHashMap<>();
    for (Parameter parameter : Parameter.of(backbone.network(), "")) {
      float[] values = FormulaWeights.values(parameter.key(), parameter.shape());
      published.put(parameter.key(), new FloatTensor(parameter.shape(), values));
    }
  }

  private ComputationGraph features(String cut) {
    var graph = Backbone.graph(new NoOp(), 1).addInputs("image");
    graph.setOutputs(backbone.addTo(graph, PREFIX, "image", 64, cut, ""));
    graph.setInputTypes(InputType.convolutional(64, 64, 3));
    ComputationGraph network = new ComputationGraph(graph.build());
    network.init();
    backbone.initialiseColours(network, PREFIX);
    return network;
  }

  private Path write() throws IOException {
    Path file = folder.resolve("weights.safetensors");
    SafetensorsWriter.write(file, published);
    return file;
  }

  private Taken importInto(ComputationGraph network, Path file) throws WeightsException {
    return Pretrained.open(file, false).into(network, PREFIX, backbone);
  }

  private String refusal() throws IOException {
    ComputationGraph network = features("features.12");
    INDArray before = network.params().dup();
    Path file = write();
    String message =
        assertThrows(WeightsException.class, () -> importInto(network, file)).getMessage();
    assertSameBits(before, network.params());
    assertTrue(message.startsWith(file.toString()), message);
    return message;
  }

  @Test
  void setsEveryParameter() throws IOException {
    ComputationGraph expected = features("features.12");
    FormulaWeights.fill(expected, PREFIX);
    ComputationGraph imported = features("features.12");
    importInto(imported, write());
    assertSameBits(expected.params(), imported.params());
  }

  @Test
  void leavesOutWhatLiesBeyondTheCut() throws IOException {
    ComputationGraph expected = features("features.4");
    FormulaWeights.fill(expected, PREFIX);
    ComputationGraph imported = features("features.4");
    importInto(imported, write());
    assertSameBits(expected.params(), imported.params());
  }

  @Test
  void namesAMissingKey() throws IOException {
    published.remove("features.7.squeeze.bias");
    assertTrue(refusal().contains("features.7.squeeze.bias: missing, expected shape [32]"));
  }

  @Test
  void namesAKeyOfAnotherShape() throws IOException {
    published.put("features.0.weight", new FloatTensor(new long[] {64, 1, 3, 3}, new float[576]));
    assertTrue(
        refusal().contains("features.0.weight: expected shape [64, 3, 3, 3], found [64, 1, 3, 3]"));
  }

  @Test
  void namesAKeyThatIsNoneOfTheBackbones() throws IOException {
    published.put("features.13.weight", new FloatTensor(new long[] {1}, new float[1]));
    assertTrue(refusal().contains("features.13.weight: not a key of squeezenet1_1"));
  }

  @Test
  void listsAllProblemsOfAFileOfAnotherNetwork() throws IOException {
    published.clear();
    published.put("fc.weight", new FloatTensor(new long[] {1, 1}, new float[1]));
    String message = refusal();
    assertTrue(message.contains("and 41 more"), message); // 50 parameters missing, 1 key too many
  }

  @Test
  void namesWhatIsLeftOver() throws IOException {
    Taken taken = importInto(features("features.12"), write());
    assertEquals(List.of("classifier.1.bias", "classifier.1.weight"), taken.unused());
    assertEquals("safetensors, torchvision keys", taken.format());
  }

  @Test
  void takesNaNOnlyWhenToldTo() throws IOException {
    float[] bias = new float[64];
    bias[3] = Float.NaN;
    published.put("features.0.bias", new FloatTensor(new long[] {64}, bias));
    String message = refusal();
    assertTrue(message.contains("\"features.0.bias\" holds NaN at index 3"), message);
    ComputationGraph network = features("features.12");
    Pretrained.open(write(), true).into(network, PREFIX, backbone);
    assertTrue(Float.isNaN(network.getLayer(PREFIX + "features.0").getParam("b").getFloat(3)));
  }

  private Path save(ComputationGraph graph) throws IOException {
    Path file = folder.resolve("model.zip");
    ModelSerializer.writeModel(graph, file.toFile(), false);
    return file;
  }

  @Test
  void aSavedGraphGivesItsBackboneAndItsColours() throws IOException {
    Backbone grey = new SqueezeNet11();
    grey.colours(Colours.XRAY_1024);
    var graph = Backbone.graph(new NoOp(), 1).addInputs("image");
    graph.setOutputs(grey.addTo(graph, PREFIX, "image", 64, "features.7", ""));
    graph.setInputTypes(InputType.convolutional(64, 64, 3));
    // The first convolution has one input channel.
    ComputationGraph trained = new ComputationGraph(graph.build());
    trained.init();
    FormulaWeights.fill(trained, PREFIX);
    grey.initialiseColours(trained, PREFIX);
    Path file = save(trained);

    Pretrained weights = Pretrained.open(file, false);
    weights.fit(backbone);
    ComputationGraph network = features("features.4");
    Taken taken = weights.into(network, PREFIX, backbone);
    assertTrue(taken.unused().contains("features.6.squeeze.weight"), taken.unused().toString());
    for (String layer : List.of("colours", "features.0", "features.4.expand3x3")) {
      assertEquals(
          trained.getLayer(PREFIX + layer).params(), network.getLayer(PREFIX + layer).params());
    }
  }

  @Test
  void aSavedGraphWithoutTheBackboneIsRefused() throws IOException {
    Path file = save(features("features.4"));
    Pretrained weights = Pretrained.open(file, false);
    assertEquals(
        file + ": holds no backbone resnet18; it has squeezenet1.1",
        assertThrows(WeightsException.class, () -> weights.fit(new ResNet18())).getMessage());
  }

  @Test
  void aBackboneThatWasCutShorterIsRefused() throws IOException {
    Path file = save(features("features.4"));
    ComputationGraph network = features("features.7");
    String message =
        assertThrows(
                WeightsException.class,
                () -> Pretrained.open(file, false).into(network, PREFIX, backbone))
            .getMessage();
    assertTrue(message.contains("features.6.squeeze.weight: missing; is that backbone"), message);
  }

  @Test
  void whatIsExportedIsTakenAgain() throws IOException {
    ComputationGraph trained = features("features.12");
    FormulaWeights.fill(trained, PREFIX);
    Path file = folder.resolve("exported.safetensors");
    SafetensorsWriter.write(file, WeightsExport.tensors(trained, "squeezenet1_1"));
    ComputationGraph imported = features("features.12");
    Pretrained.open(file, false).into(imported, PREFIX, backbone);
    assertSameBits(trained.params(), imported.params());
  }

  @Test
  void saysWhichBackboneTheFileFits() throws IOException {
    Path file = write();
    ComputationGraph network = new ResNet18().network();
    Pretrained weights = Pretrained.open(file, false);
    String message =
        assertThrows(WeightsException.class, () -> weights.into(network, "", new ResNet18()))
            .getMessage();
    assertTrue(message.endsWith("\nit fits squeezenet1_1"), message);
  }

  @Test
  void aFileThatEndsEarlyFitsUpToACut() throws IOException {
    published.keySet().removeIf(key -> key.matches("(features\\.1|classifier).*"));
    WeightsReport report = WeightsReport.of(write());
    assertEquals(
        "[squeezenet1_1 with cut: features.7]",
        report.fits().toString(),
        "features.9 is left over");
    assertEquals(
        List.of(
            "features.9.expand1x1.bias",
            "features.9.expand1x1.weight",
            "features.9.expand3x3.bias",
            "features.9.expand3x3.weight",
            "features.9.squeeze.bias",
            "features.9.squeeze.weight"),
        report.fits().get(0).unused());
    assertEquals("safetensors", report.format());
    assertEquals("torchvision", report.keyStyle());
    assertEquals(
        List.copyOf(published.keySet()), report.tensors().stream().map(Entry::key).toList());
  }

  @Test
  void aSavedGraphShowsItsBackbones() throws IOException {
    WeightsReport report = WeightsReport.of(save(features("features.4")));
    assertEquals("Deeplearning4j graph", report.format());
    assertEquals("[squeezenet1_1 with cut: features.4]", report.fits().toString());
    assertTrue(
        report
            .tensors()
            .contains(new Entry(PREFIX + "features.3.squeeze_W", "FLOAT", "[16, 64, 1, 1]", true)),
        report.tensors().toString());
  }
}
