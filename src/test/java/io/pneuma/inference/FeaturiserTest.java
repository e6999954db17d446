package io.pneuma.inference;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.pneuma.backbone.Backbone;
import io.pneuma.backbone.Backbones;
import io.pneuma.backbone.FormulaWeights;
import io.pneuma.backbone.FormulaWeights.Formula;
import io.pneuma.backbone.Pretrained;
import io.pneuma.config.Recipe.Augmentation;
import io.pneuma.images.ImagePipeline;
import io.pneuma.onednn.OneDnn;
import io.pneuma.platform.FeatureWorkers;
import java.io.IOException;
import java.io.InputStream;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.bytedeco.javacpp.Pointer;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration.GraphBuilder;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.linalg.learning.config.NoOp;
import org.slf4j.LoggerFactory;

/** What holds for the featuriser of every backbone. */
class FeaturiserTest {
  /** By resnet50, and by smaller transformers; the golden numbers are for all. */
  private static final List<String> SAID_SOONER =
      List.of("resnet152", "vit_b_16", "dinov2_vitb14", "rad_dino");

  private static final FeatureWorkers WORKERS = new FeatureWorkers(2);

  @AfterAll
  static void closeWorkers() {
    WORKERS.close();
  }

  static Stream<String> backbones() {
    return Backbones.all().stream()
        .map(Backbone::name)
        .filter(name -> !name.startsWith("zoo:")); // Some of their layers have no step yet.
  }

  static Stream<String> smallerBackbones() {
    return backbones().filter(name -> !SAID_SOONER.contains(name));
  }

  private static CompiledNetwork compiled(ComputationGraph graph, int size, int batch) {
    assumeTrue(OneDnn.find().isPresent(), "oneDNN does not run on this machine");
    return assertInstanceOf(
        CompiledNetwork.class, Featuriser.of(graph, size, size, batch, WORKERS));
  }

  @ParameterizedTest
  @MethodSource("smallerBackbones")
  void agreesWithTheGraphWhateverTheBatch(String name) {
    int size = Graphs.size(name, 65);
    ComputationGraph graph = Graphs.backbone(name, size);
    INDArray images = FormulaWeights.images(7, size); // 7 x 1, 4 and 3, or 7 of 32.
    for (int batch : new int[] {1, 8, 64}) {
      try (Featuriser featuriser = compiled(graph, size, batch)) {
        Graphs.assertAgrees(graph, images, featuriser.features(images));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("smallerBackbones")
  void agreesAtAnOddSizeOfFewPixels(String name) {
    int size = Graphs.size(name, 33);
    ComputationGraph graph = Graphs.backbone(name, size);
    try (Featuriser featuriser = compiled(graph, size, 2)) {
      INDArray images = FormulaWeights.images(2, size);
      Graphs.assertAgrees(graph, images, featuriser.features(images));
    }
  }

  /** The tolerance is that of the graph's own comparison with torchvision. */
  @ParameterizedTest
  @MethodSource("backbones")
  void agreesWithTorchvision(String name) throws IOException {
    JsonNode golden;
    try (InputStream json = getClass().getResourceAsStream("/golden/" + name + ".json")) {
      assumeTrue(json != null, "no golden numbers for " + name);
      golden = new ObjectMapper().readTree(json);
    }
    int size = golden.get("size").asInt();
    try (Featuriser featuriser =
        compiled(Graphs.backbone(name, size, Formula.of(golden)), size, 2)) {
      float[] features = featuriser.features(FormulaWeights.images(2, size));
      int width = features.length / 2;
      for (int n = 0; n < 2; n++) {
        double norm = golden.get("features_l2").get(n).asDouble();
        double typical = norm / Math.sqrt(width);
        JsonNode first = golden.get("features_first16").get(n);
        for (int i = 0; i < first.size(); i++) {
          double tolerance = 1e-3 * Math.max(Math.abs(first.get(i).asDouble()), typical);
          assertEquals(first.get(i).asDouble(), features[n * width + i], tolerance);
        }
        double squares = 0;
        for (float value : Arrays.copyOfRange(features, n * width, (n + 1) * width)) {
          squares += (double) value * value;
        }
        assertEquals(norm, Math.sqrt(squares), 1e-3 * norm);
      }
    }
  }

  @Test
  void agreesWithPublishedWeightsOnRadiographs() throws IOException {
    Path shared = Path.of(System.getProperty("pneuma.home", "."), "..", "shared");
    Path weights = shared.resolve("weights/squeezenet1_1_imagenet.safetensors");
    Path folder = shared.resolve("data/kermany_224");
    assumeTrue(Files.exists(weights) && Files.exists(folder), shared + " is not on this machine");
    int size = 224;
    ComputationGraph graph = Graphs.backbone("squeezenet1_1", size);
    Pretrained.open(weights, false).into(graph, Graphs.PREFIX, Backbones.named("squeezenet1_1"));
    ImagePipeline pipeline = new ImagePipeline(size, new Augmentation(1, 0, 0, 1), 1);
    FloatBuffer pixels = FloatBuffer.allocate(3 * pipeline.length());
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.filter(Files::isRegularFile).sorted().limit(3).toList()) {
        pipeline.read(file, pixels);
      }
    }
    INDArray images = Nd4j.createFromArray(pixels.array()).reshape('c', 3, 3, size, size);
    try (Featuriser featuriser = compiled(graph, size, 3)) {
      Graphs.assertAgrees(graph, images, featuriser.features(images));
    }
  }

  /** As they are, smaller, and of a transformer, whose maps are its patches. */
  @ParameterizedTest
  @CsvSource({"squeezenet1_1, 3", "resnet18, 2", "dinov2_vits14, 3", "convnext_tiny, 1"})
  void mapsAgreeWithTheGraph(String name, int side) {
    Backbone backbone = Backbones.named(name);
    int size = Graphs.size(name, 64);
    List<String> stages = backbone.stages();
    GraphBuilder builder = Backbone.graph(new NoOp(), 1).addInputs("image");
    String last = stages.get(stages.size() - 1);
    builder.setOutputs(backbone.addMapsTo(builder, "x/", "image", size, last, last, side));
    builder.setInputTypes(InputType.convolutional(size, size, 3));
    ComputationGraph graph = new ComputationGraph(builder.build());
    graph.init();
    backbone.initialiseColours(graph, "x/");
    FormulaWeights.fill(graph, "x/", new Formula(0.001, 1));
    INDArray images = FormulaWeights.images(5, size);
    try (Featuriser featuriser = compiled(graph, size, 8)) {
      float[] maps = featuriser.features(images);
      assertEquals(0, maps.length % (5 * side * side));
      Graphs.assertAgrees(graph, images, maps);
    }
  }

  /** So that a bank holds the same, in whatever order and company its images came. */
  @Test
  void anImageHasTheSameFeaturesInAnyPlaceAndCompany() {
    for (String name : List.of("resnet18", "squeezenet1_1", "dinov2_vits14")) {
      try (Featuriser featuriser =
          compiled(Graphs.backbone(name, Graphs.size(name, 64)), Graphs.size(name, 64), 64)) {
        int count = 35; // 32 and 3.
        INDArray images = FormulaWeights.images(count, Graphs.size(name, 64));
        float[] all = featuriser.features(images);
        int width = all.length / count;
        for (int n = 0; n < count; n++) {
          INDArray one = images.get(NDArrayIndex.interval(n, n + 1), NDArrayIndex.all());
          float[] row = Arrays.copyOfRange(all, n * width, (n + 1) * width);
          assertArrayEquals(row, featuriser.features(one), name + " " + n);
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"efficientnet_b0", "convnext_tiny", "vit_s_16", "dinov2_vits14"})
  void nothingRunsOnReferenceCode(String name) {
    int size = Graphs.size(name, 64);
    try (CompiledNetwork network = compiled(Graphs.backbone(name, size), size, 8)) {
      List<String> codes = network.program().calls().map(Call::implementation).toList();
      assertFalse(codes.stream().anyMatch(code -> code.contains("ref")), codes.toString());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"resnet18", "resnet50", "densenet121", "squeezenet1_1"})
  void everyConvolutionRunsOnCodeForThisProcessor(String name) {
    CompiledNetwork network = compiled(Graphs.backbone(name, 64), 64, 8);
    try (network) {
      List<String> codes = network.program().calls().map(Call::implementation).toList();
      assertFalse(codes.stream().anyMatch(code -> code.contains("ref")), codes.toString());
      assertTrue(codes.stream().anyMatch(code -> code.contains("wino")), codes.toString());
    }
  }

  @Test
  void usesNoMoreMemoryWithMoreImagesAndGivesItBack() {
    ComputationGraph graph = Graphs.backbone("resnet18", 64);
    INDArray images = FormulaWeights.images(4, 64);
    compiled(graph, 64, 4).close(); // What oneDNN keeps for itself is there now.
    System.gc();
    long before = Pointer.totalBytes();
    try (Featuriser featuriser = compiled(graph, 64, 4)) {
      featuriser.features(images);
      long open = Pointer.totalBytes();
      assertTrue(open - before > 40 << 20, "11 million parameters, in bytes: " + (open - before));
      for (int i = 0; i < 50; i++) {
        featuriser.features(images);
      }
      assertTrue(Pointer.totalBytes() - open < 1 << 20, "grew with the number of batches");
    }
    assertTrue(Pointer.totalBytes() - before < 1 << 20, "not all was given back");
  }

  @ParameterizedTest
  @ValueSource(strings = {"resnet18", "densenet121", "vit_s_16"})
  void takesTheMemoryThatWasTold(String name) {
    ComputationGraph graph = Graphs.backbone(name, 64);
    long told = Featuriser.bytes(graph, 64, 64, 2);
    try (CompiledNetwork network = compiled(graph, 64, Featuriser.batch(2))) {
      Program program = network.program();
      long taken = 2 * (program.placement().bytes() + program.scratchpad());
      assertEquals(1, (double) told / taken, 0.25, "told " + told + ", taken " + taken);
    }
  }

  @Test
  void aLayerThatItDoesNotKnowIsLeftToDeeplearning4j() {
    ListAppender<ILoggingEvent> log = new ListAppender<>();
    log.start();
    Logger logger = (Logger) LoggerFactory.getLogger(Featuriser.class);
    logger.addAppender(log);
    try {
      ComputationGraph graph =
          Graphs.of(
              8,
              builder -> {
                builder.addLayer("conv", Graphs.convolution(4, 3, 1), "image");
                builder.addLayer("bent", new ActivationLayer(Activation.CUBE), "conv");
                return "bent";
              });
      INDArray images = FormulaWeights.images(35, 8); // More than one pass takes.
      try (Featuriser featuriser = Featuriser.of(graph, 8, 8, 35, WORKERS)) {
        assertInstanceOf(GraphFeaturiser.class, featuriser);
        Graphs.assertAgrees(graph, images, featuriser.features(images));
      }
      assumeTrue(OneDnn.find().isPresent(), "oneDNN does not run on this machine");
      assertTrue(log.list.get(0).getFormattedMessage().contains("bent: ActivationCube"));
    } finally {
      logger.detachAppender(log);
    }
  }

  @Test
  void batchesUnderWayTogetherAreWhatTheyAreAlone() {
    ComputationGraph graph = Graphs.backbone("squeezenet1_1", 64);
    INDArray images = FormulaWeights.images(24, 64);
    try (Featuriser featuriser = compiled(graph, 64, 4)) {
      float[] together = featuriser.features(images);
      List<CompletableFuture<float[]>> underWay = new ArrayList<>();
      for (int first = 0; first < 24; first += 3) {
        underWay.add(
            featuriser.start(images.get(NDArrayIndex.interval(first, first + 3)).dup('c')));
      }
      int each = together.length / 8;
      for (int i = 0; i < 8; i++) {
        assertArrayEquals(
            Arrays.copyOfRange(together, i * each, (i + 1) * each),
            FeatureWorkers.await(underWay.get(i)));
      }
    }
  }

  @Test
  void workersThatAreClosedGiveUpWhatHasNotBegun() {
    assumeTrue(OneDnn.find().isPresent(), "oneDNN does not run on this machine");
    FeatureWorkers workers = new FeatureWorkers(1);
    ComputationGraph graph = Graphs.backbone("resnet18", 64);
    INDArray images = FormulaWeights.images(200, 64);
    try (Featuriser featuriser = Featuriser.of(graph, 64, 64, 1, workers)) {
      CompletableFuture<float[]> underWay = featuriser.start(images);
      workers.close();
      assertFalse(underWay.isDone());
    }
  }

  @Test
  void takesImagesThatAreAViewOfOthers() {
    ComputationGraph graph = Graphs.backbone("squeezenet1_1", 64);
    try (Featuriser featuriser = compiled(graph, 64, 2)) {
      INDArray images = FormulaWeights.images(4, 64);
      INDArray view = images.get(NDArrayIndex.interval(1, 3), NDArrayIndex.all());
      Graphs.assertAgrees(graph, view.dup('c'), featuriser.features(view));
      INDArray columns = Nd4j.create(view.dataType(), view.shape(), 'f').assign(view);
      Graphs.assertAgrees(graph, view.dup('c'), featuriser.features(columns));
    }
  }
}
