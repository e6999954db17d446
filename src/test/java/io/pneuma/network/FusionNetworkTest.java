package io.pneuma.network;

import static io.pneuma.SameBits.assertSameBits;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pneuma.TinyRadiographs;
import io.pneuma.backbone.WeightsExport;
import io.pneuma.config.Recipe;
import io.pneuma.graphfiles.ModelFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class FusionNetworkTest {
  private static final int BATCH = 4;

  @TempDir Path folder;

  private Recipe recipe(String freeze, String attention) throws IOException {
    Path file = folder.resolve("recipe.yaml");
    Files.writeString(file, TinyRadiographs.recipe(folder, freeze, attention));
    return TinyRadiographs.loader(folder)
        .load(
            file, List.of("fusion.attention.heads=2").subList(0, attention.equals("self") ? 1 : 0))
        .recipe();
  }

  private static List<ComputationGraph> backbones(FusionNetwork network) throws IOException {
    List<ComputationGraph> graphs = new ArrayList<>();
    for (BackboneUnit unit : network.backbones()) {
      graphs.add(unit.create());
    }
    return graphs;
  }

  private static INDArray images() {
    return Nd4j.rand(DataType.FLOAT, BATCH, 3, 32, 32);
  }

  private static INDArray labels() {
    INDArray labels = Nd4j.zeros(DataType.FLOAT, BATCH, 2);
    for (int i = 0; i < BATCH; i++) {
      labels.putScalar(i, i % 2, 1);
    }
    return labels;
  }

  @Test
  void theHeadIsNoPartOfAnExportedBackbone() throws IOException {
    FusionNetwork network = new FusionNetwork(recipe("none", "se"), new double[] {1, 1});
    List<ComputationGraph> backbones = backbones(network);
    ComputationGraph whole = network.build(backbones);
    for (int i = 0; i < backbones.size(); i++) {
      String label = network.backbones().get(i).label();
      assertEquals(
          WeightsExport.tensors(backbones.get(i), label).keySet(),
          WeightsExport.tensors(whole, label).keySet());
    }
  }

  /** Backbones one by one, then the head, then the head put behind the backbones: one answer. */
  @ParameterizedTest
  @ValueSource(strings = {"none", "se", "eca", "self"})
  void theHeadOnStoredFeaturesAnswersAsTheWholeGraph(String attention) throws IOException {
    FusionNetwork network = new FusionNetwork(recipe("all", attention), new double[] {1, 1});
    List<ComputationGraph> backbones = backbones(network);
    ComputationGraph head = network.buildHead();
    INDArray images = images();
    INDArray[] features =
        backbones.stream().map(graph -> graph.outputSingle(images)).toArray(INDArray[]::new);
    for (int step = 0; step < 3; step++) {
      head.fit(features, new INDArray[] {labels()});
    }
    INDArray expected = head.output(features)[0];

    ComputationGraph whole = network.build(backbones);
    FusionNetwork.copy(head, whole);
    assertTrue(expected.equalsWithEps(whole.outputSingle(images), 1e-4));

    Path file = folder.resolve("model.zip");
    ModelFile.write(
        whole, file, false, Map.of("note.txt", "hello".getBytes(StandardCharsets.UTF_8)));
    assertTrue(expected.equalsWithEps(ModelFile.read(file).outputSingle(images), 1e-4));
    assertEquals("hello", ModelFile.readText(file, "note.txt"));
  }

  @Test
  void frozenBackbonesDoNotMoveWhenTheWholeGraphTrains() throws IOException {
    FusionNetwork network = new FusionNetwork(recipe("all", "se"), new double[] {1, 1});
    List<ComputationGraph> backbones = backbones(network);
    ComputationGraph whole = network.build(backbones);
    INDArray head = whole.getLayer(FusionNetwork.OUTPUT).params().dup();
    whole.fit(new INDArray[] {images()}, new INDArray[] {labels()});
    for (ComputationGraph backbone : backbones) {
      INDArray before = backbone.params().dup();
      FusionNetwork.copy(whole, backbone);
      assertSameBits(before, backbone.params());
    }
    assertTrue(!head.equals(whole.getLayer(FusionNetwork.OUTPUT).params()));
  }

  @Test
  void learnsThroughUnfrozenBackbones() throws IOException {
    FusionNetwork network = new FusionNetwork(recipe("none", "se"), new double[] {1, 1});
    List<ComputationGraph> backbones = backbones(network);
    ComputationGraph whole = network.build(backbones);
    whole.fit(new INDArray[] {images()}, new INDArray[] {labels()});
    for (ComputationGraph backbone : backbones) {
      INDArray before = backbone.params().dup();
      FusionNetwork.copy(whole, backbone);
      assertTrue(!before.equals(backbone.params()));
    }
  }

  @Test
  void savedInAnyDeeplearning4jFormatItReadsWithoutPneumasReader() throws IOException {
    FusionNetwork network = new FusionNetwork(recipe("none", "eca"), new double[] {1, 2});
    ComputationGraph whole = network.build(backbones(network));
    whole.fit(new INDArray[] {images()}, new INDArray[] {labels()});
    Path file = folder.resolve("model.zip");
    ModelFile.write(whole, file, true, Map.of());
    ComputationGraph loaded = ComputationGraph.load(file.toFile(), true);
    assertSameBits(whole.params(), loaded.params());
    assertSameBits(whole.getUpdater().getStateViewArray(), loaded.getUpdater().getStateViewArray());
  }

  /** Weighted by class, divided by the number of images: -log p of the label, times its weight. */
  @Test
  void classWeightsScaleTheLoss() throws IOException {
    Recipe recipe = recipe("all", "none");
    INDArray images = images();
    double[] scores = new double[2];
    double[][] weights = {{1, 1}, {3, 3}};
    for (int i = 0; i < 2; i++) {
      FusionNetwork network = new FusionNetwork(recipe, weights[i]);
      ComputationGraph whole = network.build(backbones(network));
      whole.setInputs(images);
      whole.setLabels(labels());
      whole.computeGradientAndScore();
      scores[i] = whole.score();
    }
    assertEquals(3 * scores[0], scores[1], 1e-5);
  }

  @Test
  void twoBackbonesOfOneNameGetPrefixesAndSeedsOfTheirOwn() throws IOException {
    Path file = folder.resolve("recipe.yaml");
    Files.writeString(
        file,
        TinyRadiographs.recipe(folder, "all", "se")
            .replace("resnet18", "squeezenet1_1")
            .replace("layer1", "features.4"));
    Recipe recipe = TinyRadiographs.loader(folder).load(file, List.of()).recipe();
    FusionNetwork network = new FusionNetwork(recipe, new double[] {1, 1});
    List<ComputationGraph> backbones = backbones(network);
    assertEquals("squeezenet1_1-2", network.backbones().get(1).label());
    INDArray images = images();
    assertTrue(
        !backbones.get(0).outputSingle(images).equals(backbones.get(1).outputSingle(images)));
    network.build(backbones);
  }
}
