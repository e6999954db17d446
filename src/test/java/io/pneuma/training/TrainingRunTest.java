package io.pneuma.training;

import static io.pneuma.SameBits.assertSameBits;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.pneuma.TinyRadiographs;
import io.pneuma.backprop.TrainingStep;
import io.pneuma.config.Recipe;
import io.pneuma.config.RecipeLoader;
import io.pneuma.evaluation.Decision;
import io.pneuma.evaluation.Measurement;
import io.pneuma.evaluation.Metrics;
import io.pneuma.graphfiles.ModelFile;
import io.pneuma.images.Dataset;
import io.pneuma.images.ImagePipeline;
import io.pneuma.images.LabelledImage;
import io.pneuma.images.Shift;
import io.pneuma.network.FusionNetwork;
import io.pneuma.run.History;
import io.pneuma.run.RunDirectory;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class TrainingRunTest {
  @TempDir Path folder;
  private Path images;
  private final List<String> lines = new ArrayList<>();

  private final Progress quiet =
      new Progress() {
        @Override
        public void line(String text) {
          lines.add(text);
        }

        @Override
        public Task start(String name, long from, long total, String unit) {
          return new Task() {
            @Override
            public void at(long done) {
              if (done > total) {
                throw new IllegalArgumentException(done + " of " + total);
              }
            }

            @Override
            public void note(String text) {}

            @Override
            public void close() {}
          };
        }
      };

  @BeforeEach
  void drawImages() throws IOException {
    images = folder.resolve("images");
    TinyRadiographs.write(images, 12);
  }

  private Map<String, Measurement> train(RunDirectory run, boolean resume, String... assignments)
      throws IOException {
    RecipeLoader.Loaded loaded =
        TinyRadiographs.loader(folder).load(folder.resolve("recipe.yaml"), List.of(assignments));
    Recipe recipe = loaded.recipe();
    Dataset data = Dataset.load(recipe.data(), recipe.seed(), done -> {});
    run.write(run.config(), loaded.yaml());
    run.writeJson(run.labels(), data.labels());
    return new TrainingRun(recipe, data, quiet)
        .train(run, resume, folder.resolve("bank"), List.of(), 1, List.of());
  }

  private RunDirectory run(String name) {
    return RunDirectory.create(folder.resolve(name));
  }

  private void recipe(String freeze) throws IOException {
    Files.writeString(folder.resolve("recipe.yaml"), TinyRadiographs.recipe(images, freeze, "se"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"all", "none"})
  void leavesAModelItsMetricsAndItsHistory(String freeze) throws IOException {
    recipe(freeze);
    RunDirectory run = run("run");
    Map<String, Measurement> metrics = train(run, false);
    assertEquals(List.of("validation", "test"), List.copyOf(metrics.keySet()));
    assertEquals(12, metrics.get("test").metrics().n());
    JsonNode json = new ObjectMapper().readTree(run.metrics().toFile());
    assertEquals(
        metrics.get("test").metrics().rocAuc(),
        json.get("splits").get("test").get("rocAuc").asDouble(),
        1e-12);
    List<History.Epoch> epochs = History.load(run).epochs();
    assertEquals(4, epochs.size());
    double[] rates = epochs.stream().mapToDouble(History.Epoch::learningRate).toArray();
    assertArrayEquals(new double[] {1e-3, 1e-3, 5e-4, 5e-4}, rates, 1e-9);
    assertEquals(
        12 + metrics.get("validation").metrics().n() + 1,
        Files.readAllLines(run.predictions()).size());
    assertEquals("[\"NORMAL\",\"PNEUMONIA\"]", labels(run));
  }

  /** Trains, is resumed, is saved and answers, on maps as on vectors. */
  @ParameterizedTest
  @CsvSource({"all, self", "all, none", "none, self", "none, eca"})
  void onMapsToo(String freeze, String attention) throws IOException {
    Files.writeString(
        folder.resolve("recipe.yaml"),
        TinyRadiographs.recipe(images, freeze, attention).replace("embedding: 8", "on: map"));
    RunDirectory whole = run("whole");
    train(whole, false);
    RunDirectory halved = run("halved");
    train(halved, false, "training.epochs=2");
    train(RunDirectory.resume(halved.root()), true);
    assertEquals(Files.readString(whole.metrics()), Files.readString(halved.metrics()));
    ComputationGraph model = ModelFile.read(whole.model());
    assertSameBits(model.params(), ModelFile.read(halved.model()).params());
    try (TrainingStep step = TrainingStep.of(model, 8, 1)) {
      assertEquals("CompiledTraining", step.getClass().getSimpleName());
    }
    assertEquals(9, FusionNetwork.positions(model)); // Of 3 x 3 and 8 x 8 pixels.
    assertTrue(lines.stream().noneMatch(line -> line.contains("saved model")), lines.toString());
  }

  private static String labels(RunDirectory run) throws IOException {
    return ModelFile.readText(run.model(), "labels.json").replaceAll("\\s", "");
  }

  @ParameterizedTest
  @ValueSource(strings = {"all", "none"})
  void twoRunsOfOneRecipeAreEqual(String freeze) throws IOException {
    recipe(freeze);
    RunDirectory first = run("first");
    RunDirectory second = run("second");
    train(first, false);
    train(second, false);
    assertEquals(Files.readString(first.metrics()), Files.readString(second.metrics()));
    assertSameBits(ModelFile.read(first.model()).params(), ModelFile.read(second.model()).params());
  }

  @ParameterizedTest
  @ValueSource(strings = {"all", "none"})
  void aResumedRunIsTheUninterruptedOne(String freeze) throws IOException {
    recipe(freeze);
    RunDirectory whole = run("whole");
    train(whole, false);
    RunDirectory halved = run("halved");
    train(halved, false, "training.epochs=2");
    train(RunDirectory.resume(halved.root()), true);

    ComputationGraph expected = ModelFile.read(Checkpoint.last(whole));
    ComputationGraph resumed = ModelFile.read(Checkpoint.last(halved));
    assertSameBits(expected.params(), resumed.params());
    assertSameBits(
        expected.getUpdater().getStateViewArray(), resumed.getUpdater().getStateViewArray());
    assertEquals(4, resumed.getEpochCount());
    assertEquals(expected.getIterationCount(), resumed.getIterationCount());
    List<History.Epoch> wholeEpochs = History.load(whole).epochs();
    List<History.Epoch> halvedEpochs = History.load(halved).epochs();
    assertEquals(wholeEpochs.size(), halvedEpochs.size());
    for (int i = 0; i < wholeEpochs.size(); i++) {
      assertEquals(wholeEpochs.get(i).metrics(), halvedEpochs.get(i).metrics());
      assertEquals(wholeEpochs.get(i).learningRate(), halvedEpochs.get(i).learningRate());
      assertEquals(wholeEpochs.get(i).trainLoss(), halvedEpochs.get(i).trainLoss());
    }
    assertSameBits(ModelFile.read(whole.model()).params(), ModelFile.read(halved.model()).params());
  }

  /** With all that regularises, and a head that learns before the backbones do. */
  @ParameterizedTest
  @ValueSource(strings = {"all", "none"})
  void aRegularisedRunGoesOnExactlyToo(String freeze) throws IOException {
    recipe(freeze);
    List<String> keys = TinyRadiographs.regularised();
    if (freeze.equals("none")) {
      keys.addAll(List.of("training.probeEpochs=1", "training.stageDecay=0.5"));
    }
    RunDirectory whole = run("whole");
    train(whole, false, keys.toArray(String[]::new));
    assertEquals(
        freeze.equals("none"), lines.contains("the head alone learns first"), lines.toString());
    RunDirectory halved = run("halved");
    keys.add("training.epochs=2");
    train(halved, false, keys.toArray(String[]::new));
    keys.remove(keys.size() - 1);
    train(RunDirectory.resume(halved.root()), true, keys.toArray(String[]::new));
    assertEquals(Files.readString(whole.metrics()), Files.readString(halved.metrics()));
    assertSameBits(ModelFile.read(whole.model()).params(), ModelFile.read(halved.model()).params());

    ComputationGraph shown = ModelFile.read(Checkpoint.last(whole));
    INDArray learning = Checkpoint.learning(Checkpoint.last(whole), shown).orElseThrow();
    double apart = learning.reshape(-1).sub(shown.params().reshape(-1)).amaxNumber().doubleValue();
    assertTrue(apart > 0);
    assertSameBits(
        learning,
        Checkpoint.learning(Checkpoint.last(halved), ModelFile.read(Checkpoint.last(halved)))
            .orElseThrow());
  }

  @Test
  void theSecondRunOnTheSameBackbonesFeaturisesNothing() throws IOException {
    recipe("all");
    train(run("first"), false);
    assertTrue(bankLine().startsWith("feature bank: 0 of "), bankLine());
    lines.clear();
    train(run("second"), false, "fusion.attention.type=eca", "training.learningRate=0.01");
    String[] words = bankLine().split(" ");
    assertEquals(words[2], words[4], bankLine()); // "feature bank: N of N views are there ..."
    lines.clear();
    train(run("third"), false, "augmentation.rotateDegrees=6");
    words = bankLine().split(" ");
    assertTrue(Integer.parseInt(words[2]) < Integer.parseInt(words[4]), bankLine());
  }

  private String bankLine() {
    return lines.stream().filter(line -> line.startsWith("feature bank: ")).findFirst().get();
  }

  @Test
  void stopsEarlyWhenValidationNoLongerImproves() throws IOException {
    recipe("all");
    RunDirectory run = run("run");
    // A learning rate that moves nothing: the first epoch stays the best.
    train(
        run,
        false,
        "training.epochs=50",
        "training.learningRate=1.0e-30",
        "training.earlyStopping.patience=3");
    assertEquals(4, History.load(run).epochs().size());
  }

  /** What is stored or read for it must be the images changed as evaluate --shifts changes them. */
  @ParameterizedTest
  @ValueSource(strings = {"all", "none"})
  void theEpochMayBeChosenByTheWorstShift(String freeze) throws IOException {
    recipe(freeze);
    RunDirectory run = run("run");
    train(run, false, "training.earlyStopping={metric: worstShift}");
    double kept =
        History.load(run).epochs().stream()
            .mapToDouble(epoch -> epoch.metrics().get("worstShift"))
            .max()
            .orElseThrow();

    Recipe recipe =
        TinyRadiographs.loader(folder).load(folder.resolve("recipe.yaml"), List.of()).recipe();
    Dataset data = Dataset.load(recipe.data(), recipe.seed(), done -> {});
    int[] labels = data.validation().stream().mapToInt(LabelledImage::label).toArray();
    ComputationGraph model = ModelFile.read(run.model());
    double worst = 1;
    for (Shift shift : Shift.all().stream().filter(each -> each.strength() == 3).toList()) {
      ImagePipeline pipeline =
          new ImagePipeline(32, recipe.augmentation(), recipe.seed()).shifted(shift);
      double[][] probabilities = new double[labels.length][];
      for (int i = 0; i < labels.length; i++) {
        FloatBuffer pixels = FloatBuffer.allocate(pipeline.length());
        pipeline.read(data.validation().get(i), ImagePipeline.PLAIN, pixels);
        INDArray input = Nd4j.create(pixels.array(), 1, 3, 32, 32);
        probabilities[i] = model.outputSingle(input).toDoubleVector();
      }
      Decision decision = TrainingRun.decision(recipe, data);
      worst = Math.min(worst, Metrics.of(labels, probabilities, decision).rocAuc());
    }
    assertEquals(worst, kept, 1e-6);
  }

  /** The last epoch's file is written first, then it becomes the best one's. */
  @Test
  void aKillBetweenTheTwoCheckpointsIsMadeUpFor() throws IOException {
    recipe("all");
    RunDirectory run = run("run");
    String[] still = {"training.learningRate=1.0e-30", "training.epochs=1"};
    train(run, false, still);
    byte[] best = Files.readAllBytes(Checkpoint.best(run));
    Files.delete(Checkpoint.best(run));
    still[1] = "training.epochs=2";
    train(RunDirectory.resume(run.root()), true, still);
    assertArrayEquals(best, Files.readAllBytes(Checkpoint.best(run)));

    Files.delete(Checkpoint.best(run));
    still[1] = "training.epochs=3";
    TrainingException failure =
        assertThrows(
            TrainingException.class, () -> train(RunDirectory.resume(run.root()), true, still));
    assertTrue(failure.getMessage().contains("best.zip: is not of epoch 1"), failure.getMessage());
  }

  @Test
  void aDivergedTrainingSaysSo() throws IOException {
    recipe("none");
    RunDirectory run = run("run");
    TrainingException failure =
        assertThrows(
            TrainingException.class,
            () ->
                train( // Without normalisation nothing holds the activations back.
                    run,
                    false,
                    "training.learningRate=10",
                    "backbones[1].name=squeezenet1_1",
                    "backbones[1].cut=features.12"));
    assertTrue(failure.getMessage().contains("lower training.learningRate = 10.0"));
  }

  @Test
  void anUnknownPositiveClassIsNamedWithTheKnownOnes() throws IOException {
    recipe("all");
    RunDirectory run = run("run");
    TrainingException failure =
        assertThrows(TrainingException.class, () -> train(run, false, "data.positiveClass=TUMOUR"));
    assertTrue(failure.getMessage().contains("its classes are NORMAL, PNEUMONIA"));
  }
}
