package io.pneuma.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pneuma.TinyRadiographs;
import io.pneuma.backbone.Backbones;
import io.pneuma.config.Recipe;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.layers.normalization.BatchNormalization;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** What is told from shapes is what the layers are given, for every backbone at every cut. */
class NormOfOnePixelTest {
  private static final int SIZE = 32;

  @TempDir Path folder;

  static Stream<Arguments> cuts() {
    return Backbones.all().stream()
        .filter(b -> b.patch() == 1) // Others have no batch normalisation.
        .flatMap(b -> b.stages().stream().map(stage -> Arguments.of(b.name(), stage)));
  }

  private BackboneUnit unit(String name, String cut, String freeze) throws IOException {
    Path file = folder.resolve("recipe.yaml");
    Files.writeString(file, TinyRadiographs.recipe(folder, "none", "se"));
    String backbone =
        "{name: '%s', weights: none, freeze: %s, cut: %s}".formatted(name, freeze, cut);
    Recipe recipe =
        TinyRadiographs.loader(folder).load(file, List.of("backbones=[" + backbone + "]")).recipe();
    return BackboneUnit.of(recipe).get(0);
  }

  @ParameterizedTest
  @MethodSource("cuts")
  void isSeenWhereALayerGetsOneValueAChannel(String name, String cut) throws IOException {
    BackboneUnit unit = unit(name, cut, "none");
    ComputationGraph graph = unit.create();
    graph.feedForward(new INDArray[] {Nd4j.rand(DataType.FLOAT, 1, 3, SIZE, SIZE)}, false, false);
    boolean oneValue =
        Stream.of(graph.getLayers())
            .filter(BatchNormalization.class::isInstance)
            .map(layer -> layer.input())
            .anyMatch(NormOfOnePixelTest::isOnePixel);
    assertEquals(oneValue, unit.normOfOnePixel(SIZE).isPresent());
    assertEquals(Optional.empty(), unit(name, cut, "all").normOfOnePixel(SIZE));
  }

  private static boolean isOnePixel(INDArray maps) {
    return maps.rank() == 4 && maps.size(2) * maps.size(3) == 1;
  }

  @Test
  void aFrozenStageNormalisesByWhatItHasStored() throws IOException {
    assertEquals(
        Optional.of("layer4.0.bn1"), unit("resnet18", "layer4", "layer3").normOfOnePixel(SIZE));
    assertEquals(Optional.empty(), unit("resnet18", "layer3", "none").normOfOnePixel(SIZE));
    assertTrue(unit("densenet121", "denseblock3", "none").normOfOnePixel(SIZE).isEmpty());
  }
}
