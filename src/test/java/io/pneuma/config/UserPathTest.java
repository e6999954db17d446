package io.pneuma.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Without any file system of Hadoop; with them it is tested where those are. */
class UserPathTest {
  private static final String HDFS = "hdfs://nn:8020/xrays";

  @TempDir private Path folder;

  private RecipeLoader loader() {
    Vocabulary vocabulary =
        new Vocabulary(
            Map.of("squeezenet1_1", List.of()), Map.of(), Set.of("none", "se", "self", "eca"));
    return new RecipeLoader(vocabulary, folder, folder);
  }

  private Path recipe(String images) throws IOException {
    return Files.writeString(
        folder.resolve("recipe.yaml"),
        "data: {folder: \"%s\"}\nbackbones:\n- {name: squeezenet1_1, weights: none, freeze: all}\n"
            .formatted(images));
  }

  @Test
  void aFileUriIsAPlainPath() throws IOException {
    Path images = folder.resolve("a b");
    assertEquals(images, UserPath.of(folder, "file://" + images));
    assertTrue(loader().load(recipe("file://" + images), List.of()).yaml().contains(": " + images));
  }

  @Test
  void anotherFileSystemNeedsSpark() throws IOException {
    Path recipe = recipe(HDFS);
    ConfigException refused =
        assertThrows(ConfigException.class, () -> loader().load(recipe, List.of()));
    assertTrue(refused.getMessage().contains(HDFS), refused.getMessage());
    assertTrue(refused.getMessage().contains("--spark"), refused.getMessage());
    assertThrows(InvalidPathException.class, () -> UserPath.of(folder, HDFS));
    assertFalse(UserPath.isElsewhere("C://xrays"));
  }

  @Test
  void aTrainedRunIsReadWithoutIt() throws IOException {
    RecipeLoader.Loaded loaded = loader().ofTrainedRuns().load(recipe(HDFS), List.of());
    assertTrue(loaded.yaml().contains("folder: " + HDFS), loaded.yaml());
    assertFalse(Files.exists(loaded.recipe().data().folder()));
  }
}
