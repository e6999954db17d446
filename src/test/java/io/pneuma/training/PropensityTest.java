package io.pneuma.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pneuma.AnotherScanner;
import io.pneuma.TinyRadiographs;
import io.pneuma.config.Recipe;
import io.pneuma.images.Dataset;
import io.pneuma.images.LabelledImage;
import io.pneuma.phantoms.Phantoms;
import io.pneuma.run.RunDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A dull scanner took most of the ill and a third of the well. */
class PropensityTest {
  @TempDir private Path folder;

  private Recipe recipe(String... assignments) throws IOException {
    Path images = folder.resolve("images");
    if (!Files.exists(images)) {
      Phantoms.draw(images, 1);
      new AnotherScanner(0.55, 0.1, 0.02)
          .retake(images, folder.resolve("dull"), PropensityTest::isDull);
    }
    Path file = folder.resolve("recipe.yaml");
    Files.writeString(file, TinyRadiographs.recipe(images, "all", "se"));
    return TinyRadiographs.loader(folder).load(file, List.of(assignments)).recipe();
  }

  private static boolean isDull(Path file) {
    int patient = Integer.parseInt(file.getFileName().toString().replaceAll("\\D*(\\d+)_.*", "$1"));
    return file.toString().contains("NORMAL") == (patient % 3 == 0);
  }

  private static double dullShare(Map<LabelledImage, Double> weights, int label) {
    double all = 0;
    double dull = 0;
    for (Map.Entry<LabelledImage, Double> each : weights.entrySet()) {
      if (each.getKey().label() == label) {
        all += each.getValue();
        dull += isDull(each.getKey().file()) ? each.getValue() : 0;
      }
    }
    return dull / all;
  }

  @Test
  void theWeighedScannersTellNoClass() throws IOException {
    Recipe recipe = recipe();
    Dataset data = Dataset.load(recipe.data(), recipe.seed(), done -> {});
    Map<LabelledImage, Double> weights =
        Propensity.weights(data, 1, folder.resolve("bank"), Progress.SILENT);
    assertEquals(data.train().size(), weights.size());
    double unweighted =
        data.train().stream().filter(image -> image.label() == 1 && isDull(image.file())).count()
            / (double) data.train().stream().filter(image -> image.label() == 1).count();
    assertTrue(unweighted > 0.6, "the ill, unweighted: " + unweighted);
    double apart = dullShare(weights, 1) - dullShare(weights, 0);
    assertTrue(Math.abs(apart) < 0.15, "weighted: " + apart);
  }

  @Test
  void aRunByItCanBeRepeatedToTheBit() throws IOException {
    Recipe recipe = recipe("training.sampling=propensity");
    Dataset data = Dataset.load(recipe.data(), recipe.seed(), done -> {});
    String first = train(recipe, data, "first");
    assertEquals(first, train(recipe, data, "second"));
    Recipe balanced = recipe("training.sampling=balanced");
    assertTrue(!first.equals(train(balanced, data, "balanced")));
  }

  private String train(Recipe recipe, Dataset data, String name) throws IOException {
    RunDirectory run = RunDirectory.create(folder.resolve(name));
    run.write(run.config(), "");
    run.writeJson(run.labels(), data.labels());
    new TrainingRun(recipe, data, Progress.SILENT)
        .train(run, false, folder.resolve("bank"), List.of(), 1, List.of());
    return Files.readString(run.metrics()) + Files.readString(run.predictions());
  }

  @Test
  void onePatientOfAClassIsRefused() {
    List<LabelledImage> images =
        List.of(
            new LabelledImage(Path.of("a"), 0, "a", "0"),
            new LabelledImage(Path.of("b"), 0, "b", "1"),
            new LabelledImage(Path.of("c"), 1, "c", "2"));
    Dataset data =
        new Dataset(List.of("ill", "well"), images, images, List.of(), List.of(), List.of());
    String message =
        assertThrows(
                TrainingException.class,
                () -> Propensity.weights(data, 1, folder.resolve("bank"), Progress.SILENT))
            .getMessage();
    assertTrue(message.contains("training.sampling = propensity"), message);
  }
}
