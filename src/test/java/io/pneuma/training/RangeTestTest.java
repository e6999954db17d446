package io.pneuma.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pneuma.TinyRadiographs;
import io.pneuma.backprop.TrainingStep;
import io.pneuma.config.ConfigException;
import io.pneuma.config.Recipe;
import io.pneuma.config.Recipe.Decay;
import io.pneuma.images.Dataset;
import io.pneuma.images.LabelledImage;
import io.pneuma.network.FusionNetwork;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class RangeTestTest {
  @TempDir private Path folder;

  @BeforeEach
  void drawImages() throws IOException {
    TinyRadiographs.write(folder.resolve("images"), 12);
  }

  private Recipe recipe(String freeze, String... assignments) throws IOException {
    Path file = folder.resolve("recipe.yaml");
    Files.writeString(file, TinyRadiographs.recipe(folder.resolve("images"), freeze, "se"));
    return TinyRadiographs.loader(folder).load(file, List.of(assignments)).recipe();
  }

  private static Dataset data(Recipe recipe) throws IOException {
    return Dataset.load(recipe.data(), recipe.seed(), done -> {});
  }

  private LossCurve measure(Recipe recipe, Dataset data, String bank) throws IOException {
    RunBackbones backbones = RunBackbones.load(recipe);
    return new RangeTest(recipe, backbones, data, Progress.SILENT).measure(folder.resolve(bank));
  }

  @ParameterizedTest
  @ValueSource(strings = {"all", "none"})
  void theRateRisesAndTheLossFallsUntilItDiverges(String freeze) throws IOException {
    Recipe recipe = recipe(freeze);
    LossCurve curve = measure(recipe, data(recipe), "bank");
    double best = Double.POSITIVE_INFINITY;
    for (int i = 0; i < curve.steps().size(); i++) {
      LossCurve.Step step = curve.steps().get(i);
      double rate = 1e-7 * Math.pow(1e8, i / 99.0);
      assertEquals(1, step.learningRate() / rate, 1e-6, "step " + i);
      best = Math.min(best, step.smoothed());
      boolean last = i == curve.steps().size() - 1;
      assertTrue(step.smoothed() <= 4 * best || last, "step " + i);
    }
    assertTrue(curve.minimum().smoothed() < curve.steps().get(10).smoothed());
    assertTrue(curve.valley().learningRate() < curve.minimum().learningRate());

    LossCurve again = measure(recipe, data(recipe), "another");
    assertEquals(curve, again);
  }

  /** With all that a recipe may plan and regularise, and with a head that learns first. */
  @ParameterizedTest
  @ValueSource(strings = {"all", "none"})
  void noImageButThoseOfTrainingIsOpened(String freeze) throws IOException {
    List<String> keys = TinyRadiographs.regularised();
    keys.addAll(List.of("training.decay=cosine", "training.warmupEpochs=1"));
    if (freeze.equals("none")) {
      keys.addAll(List.of("training.probeEpochs=2", "training.stageDecay=0.5"));
    }
    Recipe recipe = recipe(freeze, keys.toArray(String[]::new));
    Dataset data = data(recipe);
    for (List<LabelledImage> split : List.of(data.validation(), data.test())) {
      assertFalse(split.isEmpty());
      for (LabelledImage image : split) {
        Files.delete(image.file());
      }
    }
    LossCurve curve = measure(recipe, data, "bank");
    assertEquals(1e-7, curve.steps().get(0).learningRate(), 1e-12);
    assertEquals(curve, measure(recipe, data, "another"));
  }

  @Test
  void deeplearning4jsLayersTakeTheSameRates() throws IOException {
    Recipe recipe = recipe("all").sweep(new Decay.Sweep(1e-4, 1e-1, 6), 1);
    FusionNetwork network = new FusionNetwork(recipe, new double[] {1, 1});
    ComputationGraph compiled = network.buildHead();
    ComputationGraph layers = network.buildHead();
    INDArray[] features =
        network.backbones().stream()
            .map(unit -> Nd4j.rand(DataType.FLOAT, 4, unit.width()))
            .toArray(INDArray[]::new);
    int[] labels = {0, 1, 1, 0};
    INDArray before = compiled.params().dup();
    try (TrainingStep fast = TrainingStep.of(compiled, 4, 1);
        TrainingStep slow = TrainingStep.byLayers(layers)) {
      for (int step = 0; step < 6; step++) {
        fast.fit(features, labels);
        slow.fit(features, labels);
        // Adam's first steps are of about the learning rate.
        double moved = compiled.params().sub(before).amaxNumber().doubleValue();
        double sum = 1e-4 * (Math.pow(10, 0.6 * (step + 1)) - 1) / (Math.pow(10, 0.6) - 1);
        assertEquals(1, moved / sum, 0.2, "step " + step);
        double apart = compiled.params().sub(layers.params()).amaxNumber().doubleValue();
        assertTrue(apart < 1e-3 * sum, "step " + step + ": " + apart);
      }
    }
  }

  @Test
  void itEndsWhereTheSmoothedLossIsFourTimesItsBest() {
    List<LossCurve.Step> steps = new ArrayList<>();
    RangeTest.Recorder recorder = new RangeTest.Recorder(steps);
    assertTrue(recorder.goOn(0.1, 1));
    assertTrue(recorder.goOn(0.2, 6)); // (0.98 + 6) / 1.98 = 3.525
    assertFalse(recorder.goOn(0.3, 6)); // (0.9604 + 0.98 * 6 + 6) / 2.9404 = 4.367
    assertEquals(6.98 / 1.98, steps.get(1).smoothed(), 1e-9);
    assertEquals(12.8404 / 2.9404, steps.get(2).smoothed(), 1e-9);
  }

  @Test
  void aLossThatIsNoNumberEndsIt() {
    List<LossCurve.Step> steps = new ArrayList<>();
    RangeTest.Recorder recorder = new RangeTest.Recorder(steps);
    TrainingException never =
        assertThrows(TrainingException.class, () -> recorder.goOn(0.1, Double.NaN));
    assertTrue(never.getMessage().contains("the loss of the first batch is NaN"));
    assertTrue(recorder.goOn(0.1, 1));
    assertFalse(recorder.goOn(0.2, Double.NaN));
    assertEquals(1, steps.size());
  }

  @Test
  void imagesMustFillABatch() throws IOException {
    Recipe recipe = recipe("all", "training.batchSize=100");
    Dataset data = data(recipe);
    ConfigException few = assertThrows(ConfigException.class, () -> measure(recipe, data, "bank"));
    assertTrue(
        few.getMessage()
            .startsWith(
                "training.batchSize = 100: there are " + data.train().size() + " training images"),
        few.getMessage());
    try (Stream<Path> all = Files.list(folder)) {
      assertFalse(all.anyMatch(path -> path.endsWith("bank")));
    }
  }
}
