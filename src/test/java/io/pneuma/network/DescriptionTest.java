package io.pneuma.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import io.pneuma.TinyRadiographs;
import io.pneuma.config.Recipe;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What tells the layers of a backbone from any others, for stored features. */
class DescriptionTest {
  @TempDir Path folder;

  private List<BackboneUnit> units(String... backbones) throws IOException {
    Path file = folder.resolve("recipe.yaml");
    Files.writeString(file, TinyRadiographs.recipe(folder, "none", "se"));
    Recipe recipe =
        TinyRadiographs.loader(folder)
            .load(file, List.of("backbones=[" + String.join(", ", backbones) + "]"))
            .recipe();
    return BackboneUnit.of(recipe);
  }

  @Test
  void neitherLabelNorSeedCounts() throws IOException {
    String backbone = "{name: squeezenet1_1, weights: none, freeze: all}";
    List<BackboneUnit> twice = units(backbone, backbone);
    assertNotEquals(twice.get(0).label(), twice.get(1).label());
    assertNotEquals(twice.get(0).seed(), twice.get(1).seed());
    assertEquals(twice.get(0).description(), twice.get(1).description());
    assertEquals(twice.get(0).description(), units(backbone).get(0).description());
  }

  @Test
  void layersCount() throws IOException {
    List<BackboneUnit> units =
        units(
            "{name: resnet18, weights: none, freeze: all}",
            "{name: resnet18, weights: none, freeze: all, cut: layer3}",
            "{name: resnet50, weights: none, freeze: all, cut: layer3}");
    assertEquals(3, units.stream().map(BackboneUnit::description).distinct().count());
  }
}
