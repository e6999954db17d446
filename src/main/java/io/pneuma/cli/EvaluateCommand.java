package io.pneuma.cli;

import io.pneuma.config.ConfigException;
import io.pneuma.config.Recipe;
import io.pneuma.evaluation.Answers;
import io.pneuma.evaluation.Measurement;
import io.pneuma.evaluation.Measurement.Unfamiliar;
import io.pneuma.evaluation.Metrics;
import io.pneuma.evaluation.Shifts;
import io.pneuma.images.Attributes;
import io.pneuma.images.Dataset;
import io.pneuma.images.DatasetException;
import io.pneuma.images.LabelledImage;
import io.pneuma.images.Shift;
import io.pneuma.prediction.Predictor;
import io.pneuma.run.Manifest;
import io.pneuma.run.RunDirectory;
import io.pneuma.run.RunException;
import io.pneuma.run.Splits;
import io.pneuma.run.TestOpenings;
import io.pneuma.training.Progress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Measures a trained run on its own test split or on another folder. */
@Command(
    name = "evaluate",
    description = "Measures a trained run on its own test split or on a folder of images.")
final class EvaluateCommand extends Verb {
  @Option(names = "--run", paramLabel = "DIR", required = true, description = "The trained run.")
  private Path runFolder;

  @Option(
      names = "--data",
      paramLabel = "FOLDER",
      description =
          "CLASS/image, or a folder with test/CLASS/image, of which test/ alone is used; or a table"
              + " of images (.csv), a .zip, an .npz; default the run's own test split, or its validation split if it has none.")
  private Path folder;

  @Option(names = "--json", paramLabel = "FILE", description = "Also writes the metrics there.")
  private Path json;

  @Option(
      names = "--shifts",
      description =
          "Also measures the images as if they came from elsewhere: brighter, darker, noisier,"
              + " compressed and so on, each in five strengths.")
  private boolean shifts;

  @Option(names = "--tta", description = PredictorOf.TTA)
  private boolean averaging;

  @Mixin private DicomOptions dicom;

  EvaluateCommand(Terminal terminal) {
    super(terminal);
  }

  @Override
  public Integer call() throws IOException {
    RunDirectory run = TrainedRun.open(fromCaller(runFolder), terminal());
    Recipe recipe = archives().located(dicom.with(recipeOf(run)));
    Path from =
        folder == null ? recipe.data().folder() : archives().located(imagesFromCaller(folder));
    OutputFile.require("--json", json);
    startMachine();
    try (Predictor predictor = PredictorOf.run(run, averaging, dicom, terminal())) {
      evaluate(run, recipe, from, predictor);
    }
    return 0;
  }

  private void evaluate(RunDirectory run, Recipe recipe, Path from, Predictor predictor)
      throws IOException {
    String split = folder != null ? "data" : "test";
    List<LabelledImage> images;
    if (folder != null) {
      try (Progress.Task task =
          terminal().start("checking images", 0, Dataset.count(from), "images")) {
        images =
            Dataset.labelled(
                from,
                predictor.labels(),
                recipe.data(),
                task::at,
                bad -> terminal().warning("skipped: " + bad));
      }
    } else {
      Dataset data = own(run, recipe);
      split = data.test().isEmpty() ? "validation" : "test";
      images = data.test().isEmpty() ? data.validation() : data.test();
    }
    List<Predictor.Answer> given;
    try (Progress.Task task =
        terminal().start("predicting", 0, predictor.passes() * images.size(), "images")) {
      given = predictor.predict(images, recipe.training().batchSize(), task::at);
    }
    if (split.equals("test") || isOwnTest(run, recipe, from)) {
      countOpening(run);
    }
    Answers answers = answers(predictor, images, given);
    List<Double> distances = given.stream().map(Predictor.Answer::distance).toList();
    Set<String> trainedOn = Splits.trainedOn(run);
    int seen = (int) images.stream().filter(image -> trainedOn.contains(image.sha256())).count();
    Measurement measured =
        Measurement.of(
                answers,
                attributes(recipe.data(), from, images).of(images),
                predictor.point(),
                recipe.seed())
            .with(seen, Unfamiliar.of(distances, predictor.mostFamiliar()));
    if (seen > 0) {
      terminal()
          .warning(
              "warning: %d of these %d images were trained on, so the scores are too good"
                  .formatted(seen, images.size()));
    }
    terminal()
        .out()
        .print(MetricsTable.of(Map.of(split, measured), predictor.labels(), predictor.point()));
    if (shifts) {
      measured = measured.with(shifted(predictor, images, recipe, measured.metrics()));
      terminal().out().println();
      terminal().out().print(ShiftsTable.of(measured.shifts(), measured.ci95()));
    }
    if (json != null) {
      run.writeJson(fromCaller(json), measured);
    }
  }

  private static Answers answers(
      Predictor predictor, List<LabelledImage> images, List<Predictor.Answer> given) {
    return new Answers(
        predictor.labels(),
        images.stream().map(LabelledImage::patient).toList(),
        images.stream().mapToInt(LabelledImage::label).toArray(),
        given.stream().map(Predictor.Answer::probabilities).toArray(double[][]::new));
  }

  private Shifts shifted(
      Predictor predictor, List<LabelledImage> images, Recipe recipe, Metrics clean)
      throws IOException {
    List<Shift> all = Shift.all();
    long total = predictor.passes() * all.size() * images.size();
    List<List<Predictor.Answer>> given;
    try (Progress.Task task = terminal().start("predicting shifted", 0, total, "images")) {
      given = predictor.predict(images, all, recipe.training().batchSize(), task::at);
    }
    Map<String, List<Shifts.Step>> kinds = new LinkedHashMap<>();
    for (int i = 0; i < all.size(); i++) {
      Shift shift = all.get(i);
      Answers answers = answers(predictor, images, given.get(i));
      kinds
          .computeIfAbsent(shift.kind(), kind -> new ArrayList<>())
          .add(
              Shifts.Step.of(
                  shift.strength(), shift.value(), answers, predictor.point(), recipe.seed()));
    }
    return Shifts.of(clean, kinds);
  }

  /** Other images than the run's own may be unknown to what told its subgroups. */
  private Attributes attributes(Recipe.Data data, Path from, List<LabelledImage> images)
      throws IOException {
    List<Path> files = images.stream().map(LabelledImage::file).toList();
    try {
      return Attributes.of(data.attributes(), from, files);
    } catch (DatasetException e) {
      terminal().warning("warning: subgroups are left out: " + e.getMessage());
      return Attributes.of(Optional.empty(), from, files);
    }
  }

  /**
   * Whether the folder or table that was given is the run's own, of which the test split was
   * measured.
   */
  private boolean isOwnTest(RunDirectory run, Recipe recipe, Path from) throws IOException {
    if (folder == null) {
      return false;
    }
    Path given = from.toRealPath();
    if (given.equals(run.splits().toRealPath())) {
      return true;
    }
    if (!Files.exists(recipe.data().folder())) {
      return false;
    }
    Path own = recipe.data().folder().toRealPath();
    return given.equals(own) || given.equals(own.resolve("test"));
  }

  private void countOpening(RunDirectory run) {
    try {
      int times = TestOpenings.add(run, "evaluate");
      terminal()
          .warning(
              "the test split of this run was opened "
                  + times
                  + (times == 1 ? " time" : " times")
                  + " so far; what is chosen by it is no longer measured by it");
    } catch (RunException e) {
      terminal()
          .warning("warning: this opening of the test split was not counted: " + e.getMessage());
    }
  }

  private Dataset own(RunDirectory run, Recipe recipe) throws IOException {
    if (!recipe.data().folder().isAbsolute()) {
      throw new ConfigException(
          recipe.data().folder()
              + ": the run's images lie on a file system that this Pneuma does not know; called with"
              + " --spark MASTER it has those of Hadoop; or give other images with --data FOLDER");
    }
    Dataset data = dataset(recipe);
    data.skipped().forEach(bad -> terminal().warning("skipped: " + bad));
    Manifest manifest = run.readJson(run.manifest(), Manifest.class);
    if (!data.sha256().equals(manifest.dataSha256())) {
      throw new ConfigException(
          recipe.data().folder()
              + ": its images are not those that the run was trained on, so its test split cannot be"
              + " told from its training images; give the images to measure on with --data FOLDER");
    }
    return data;
  }
}
