package io.pneuma.backbone;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.pneuma.config.Recipe.Augmentation;
import io.pneuma.images.ImagePipeline;
import java.io.IOException;
import java.io.InputStream;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.commons.math3.stat.correlation.PearsonsCorrelation;
import org.apache.commons.math3.stat.descriptive.rank.Median;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.NoOp;

/** Weights as they were published, on real X-rays, both from a folder outside the project. */
class PublishedWeightsTest {
  private static final Path SHARED =
      Path.of(System.getProperty("pneuma.home", "."), "..", "shared");
  private static final Path XRAYS = SHARED.resolve("data/kermany_224");
  private static final int SIZE = 224;
  private static final String PREFIX = "x/";
  private static final int IMAGES_PER_CLASS = 8;

  private static Path weights(String name) {
    return there(SHARED.resolve("weights").resolve(name + ".safetensors"));
  }

  private static Path there(Path path) {
    assumeTrue(Files.exists(path), path + " is not there");
    return path;
  }

  private static ComputationGraph imported(Path file, String name, String cut) throws IOException {
    Pretrained weights = Pretrained.open(file, false);
    Backbone backbone = weights.fit(Backbones.named(name));
    var graph = Backbone.graph(new NoOp(), 1).addInputs("image");
    graph.setOutputs(backbone.addTo(graph, PREFIX, "image", SIZE, cut, ""));
    graph.setInputTypes(InputType.convolutional(SIZE, SIZE, 3));
    ComputationGraph network = new ComputationGraph(graph.build());
    network.init();
    backbone.initialiseColours(network, PREFIX);
    weights.into(network, PREFIX, backbone);
    return network;
  }

  private static INDArray images(List<Path> files) throws IOException {
    ImagePipeline pipeline = new ImagePipeline(SIZE, new Augmentation(1, 0, 0, 1), 1);
    FloatBuffer pixels = FloatBuffer.allocate(files.size() * pipeline.length());
    for (Path file : files) {
      pipeline.read(file, pixels);
    }
    return Nd4j.createFromArray(pixels.array()).reshape('c', files.size(), 3, SIZE, SIZE);
  }

  @ParameterizedTest
  @CsvSource({
    "squeezenet1_1_imagenet,              squeezenet1_1,  features.12, torchvision, true,  2",
    "mobilenetv2_imagenet_no_classifier,  mobilenetv2,    conv1,       gluon,       true,  0",
    "resnet50v2_imagenet_through_stage3,  resnet50v2,     stage3,      gluon,       false, 38",
    "resnet56_cifar10,                    resnet56_cifar, layer3,      akamaster,   true,  2"
  })
  void fitTheirBackboneAndNoOther(
      String file, String name, String cut, String style, boolean whole, int unused)
      throws IOException {
    WeightsReport report = WeightsReport.of(weights(file));
    assertEquals(style, report.keyStyle());
    assertEquals(1, report.fits().size(), report.fits().toString());
    WeightsReport.Fit fit = report.fits().get(0);
    assertEquals(name, fit.backbone());
    assertEquals(cut, fit.cut());
    assertEquals(whole, fit.whole());
    assertEquals(unused, fit.unused().size(), fit.unused().toString());

    ComputationGraph network = imported(weights(file), name, cut);
    int parameters = Parameter.of(network, PREFIX).size();
    assertEquals(report.tensors().size(), parameters + unused, "each key sets one parameter");
  }

  /** What torchvision 0.14 computes with the same file for the same X-rays. */
  @Test
  void squeezeNetGivesTheLogitsOfTorchvision() throws IOException {
    JsonNode golden;
    try (InputStream json = getClass().getResourceAsStream("/golden/squeezenet1_1_xrays.json")) {
      golden = new ObjectMapper().readTree(json).get("images");
    }
    Backbone backbone = Backbones.named("squeezenet1_1");
    ComputationGraph network = backbone.network();
    Pretrained.open(weights("squeezenet1_1_imagenet"), false).into(network, "", backbone);
    List<Path> files = new ArrayList<>();
    golden.forEach(image -> files.add(there(XRAYS.resolve(image.get("file").asText()))));
    INDArray logits = network.output(images(files))[1];
    for (int i = 0; i < files.size(); i++) {
      JsonNode expected = golden.get(i);
      double length = expected.get("logits_l2").asDouble();
      assertEquals(length, logits.getRow(i).norm2Number().doubleValue(), 1e-4 * length);
      assertEquals(expected.get("class").asInt(), logits.getRow(i).argMax().getInt(0));
      for (int j = 0; j < expected.get("logits_first16").size(); j++) {
        double logit = expected.get("logits_first16").get(j).asDouble();
        assertEquals(logit, logits.getDouble(i, j), 1e-3, files.get(i) + " class " + j);
      }
    }
  }

  /**
   * The mean and variance that each normalisation stored when the weights were trained, against
   * those of the activations that X-rays give there: a layer in a wrong place would not match.
   *
   * @param leastOfVariances least median over the layers of the correlation of log variances
   * @param leastLevel least median over layers and channels of log(variance here / variance
   *     stored): it tells a stride on the 3 x 3 convolution from one on the 1 x 1 before it, -0.6
   */
  @ParameterizedTest
  @CsvSource({
    "mobilenetv2_imagenet_no_classifier, mobilenetv2, conv1,  53, 0.88, 0.68, -0.7",
    "resnet50v2_imagenet_through_stage3, resnet50v2,  stage3, 41, 0.88, 0.62, -0.45"
  })
  void storedStatisticsAreThoseOfRealActivations(
      String file,
      String name,
      String cut,
      int layers,
      double leastOfMeans,
      double leastOfVariances,
      double leastLevel)
      throws IOException {
    ComputationGraph network = imported(weights(file), name, cut);
    List<Path> files = new ArrayList<>();
    for (String folder : List.of("train/NORMAL", "train/PNEUMONIA")) {
      try (Stream<Path> xrays = Files.list(there(XRAYS.resolve(folder)))) {
        xrays.sorted().limit(IMAGES_PER_CLASS).forEach(files::add);
      }
    }
    Map<String, INDArray> stored = new LinkedHashMap<>();
    Parameter.of(network, PREFIX).stream()
        .filter(p -> p.key().contains(".running_") && p.length() > 3) // More than the colours.
        .forEach(p -> stored.put(p.key(), p.view()));
    List<String> norms =
        stored.keySet().stream()
            .filter(k -> k.endsWith("_mean"))
            .map(k -> k.replace(".running_mean", ""))
            .toList();
    assertEquals(layers, norms.size());

    Map<String, INDArray> means = new LinkedHashMap<>();
    Map<String, INDArray> squares = new LinkedHashMap<>();
    int batch = 4; // Every activation is kept at once.
    for (int start = 0; start < files.size(); start += batch) {
      INDArray input = images(files.subList(start, start + batch));
      Map<String, INDArray> activations = network.feedForward(input, false);
      for (String norm : norms) {
        String before = network.getConfiguration().getVertexInputs().get(PREFIX + norm).get(0);
        INDArray seen = activations.get(before);
        double part = (double) batch / files.size();
        means.merge(norm, seen.mean(0, 2, 3).muli(part), INDArray::add);
        squares.merge(norm, seen.mul(seen).mean(0, 2, 3).muli(part), INDArray::add);
      }
    }
    List<Double> ofMeans = new ArrayList<>();
    List<Double> ofVariances = new ArrayList<>();
    List<Double> levels = new ArrayList<>();
    for (String norm : norms) {
      INDArray mean = means.get(norm);
      double[] seen = logarithms(squares.get(norm).sub(mean.mul(mean)));
      double[] trained = logarithms(stored.get(norm + ".running_var"));
      ofMeans.add(correlation(doubles(mean), doubles(stored.get(norm + ".running_mean"))));
      ofVariances.add(correlation(seen, trained));
      Arrays.setAll(seen, i -> seen[i] - trained[i]);
      levels.add(new Median().evaluate(seen));
    }
    assertTrue(median(ofMeans) > leastOfMeans, "means " + ofMeans);
    assertTrue(median(ofVariances) > leastOfVariances, "log variances " + ofVariances);
    assertTrue(median(levels) > leastLevel, "levels " + levels);
  }

  private static double[] doubles(INDArray vector) {
    return vector.dup('c').castTo(DataType.DOUBLE).data().asDouble();
  }

  private static double[] logarithms(INDArray variances) {
    return Arrays.stream(doubles(variances)).map(v -> Math.log(v + 1e-5)).toArray();
  }

  private static double correlation(double[] left, double[] right) {
    return new PearsonsCorrelation().correlation(left, right);
  }

  private static double median(List<Double> values) {
    return new Median().evaluate(values.stream().mapToDouble(Double::doubleValue).toArray());
  }
}
