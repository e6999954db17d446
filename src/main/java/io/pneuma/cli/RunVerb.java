package io.pneuma.cli;

import io.pneuma.config.ConfigException;
import io.pneuma.config.Recipe;
import io.pneuma.config.RecipeDifference;
import io.pneuma.images.Dataset;
import io.pneuma.monitor.TrainingUi;
import io.pneuma.network.BackboneUnit;
import io.pneuma.run.Manifest;
import io.pneuma.run.Manifest.Status;
import io.pneuma.run.Manifest.Versions;
import io.pneuma.run.RunDirectory;
import io.pneuma.training.RunBackbones;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Option;

/** What the verbs share that make a run directory from a recipe and can go on with it. */
abstract class RunVerb extends RecipeVerb {
  @Option(
      names = "--run",
      paramLabel = "DIR",
      description = "The run directory; default runs/NAME-TIME.")
  private Path runFolder;

  @Option(names = "--resume", description = "Goes on with the run in --run.")
  private boolean resume;

  @Option(
      names = "--dry-run",
      description = "Shows what would be done and how long it would take, and does nothing.")
  private boolean dryRun;

  @Option(
      names = "--ui",
      negatable = true,
      description = "Shows the training UI, or not, whatever the recipe says.")
  private Boolean ui;

  RunVerb(Terminal terminal) {
    super(terminal);
  }

  final boolean resume() {
    return resume;
  }

  final boolean dryRun() {
    return dryRun;
  }

  final boolean showsUi(Recipe recipe) {
    return ui == null ? recipe.monitor().ui() : ui;
  }

  /** The run directory, named after the recipe and the time where the caller names none. */
  final Path folder(Path config) {
    if (resume && runFolder == null) {
      throw new ConfigException("--resume goes on with a run directory; expected --run DIR");
    }
    if (runFolder != null) {
      return fromCaller(runFolder);
    }
    return newRun(config.getFileName().toString().replaceFirst("\\.ya?ml$", ""));
  }

  /** Refuses a folder that is in use, or would lie among the images, before any work is done. */
  final void refuseInUse(Path folder, Recipe recipe) {
    Path images = recipe.data().folder();
    if (folder.startsWith(images)) {
      throw new ConfigException(
          "%s: the run directory would lie among the class folders of %s; choose another --run"
              .formatted(folder, images));
    }
    if (!resume && Files.exists(folder)) {
      RunDirectory.create(folder);
    }
  }

  /**
   * The recipe of the run that goes on.
   *
   * @param changeable keys that may change; anything else would make it another run
   */
  final Path resumed(List<String> changeable) {
    if (runFolder == null) {
      throw new ConfigException(
          "--resume goes on with the recipe in a run directory; expected --run DIR");
    }
    for (String assignment : changes()) {
      String key = assignment.substring(0, Math.max(0, assignment.indexOf('=')));
      if (changeable.stream().noneMatch(c -> key.equals(c) || key.startsWith(c + "."))) {
        throw new ConfigException(
            "--set "
                + assignment
                + " would make it another run; with --resume only these can change: "
                + String.join(", ", changeable));
      }
    }
    return RunDirectory.open(fromCaller(runFolder)).config();
  }

  /** The recipe of that run as it is written: a key that this version knows besides is no edit. */
  final String written() throws IOException {
    return Files.readString(RunDirectory.open(fromCaller(runFolder)).config());
  }

  /**
   * Refuses to go on by another recipe than the run was started with.
   *
   * @param yaml the recipe at hand
   * @param changeable keys that may have changed
   */
  final void refuseAnother(String yaml, List<String> changeable) {
    RunDirectory run = RunDirectory.open(fromCaller(runFolder));
    if (!Files.exists(run.manifest())) {
      return; // Killed before anything was trained.
    }
    String begun = run.readJson(run.manifest(), Manifest.class).recipe();
    if (run.readJson(run.manifest(), Manifest.class).adapted() != null) {
      throw new ConfigException(
          run.root() + ": was adapted to new images, and does not train on; train its parent");
    }
    if (begun == null) {
      throw new ConfigException(
          run.root()
              + ": its manifest.json does not say by which recipe it was started, so that it cannot go"
              + " on; start a new run");
    }
    List<String> differences = RecipeDifference.between(begun, yaml, changeable);
    if (!differences.isEmpty()) {
      throw new ConfigException(
          run.config()
              + ": is not the recipe that the run was started with: "
              + String.join("; ", differences)
              + "; put it back, or start a new run; with --resume only these can change: "
              + String.join(", ", changeable));
    }
  }

  /** Refuses a place where the training UI cannot listen, before any work is done. */
  final void checkUi(Recipe recipe) {
    if (showsUi(recipe)) {
      TrainingUi.check(recipe.monitor().host(), recipe.monitor().port());
    }
  }

  /** Says of a verb that trains many networks that none of them is followed from outside. */
  final void sayIfFollowed(Recipe recipe) {
    if (recipe.monitor().tensorboard() || recipe.monitor().mlflow().isPresent()) {
      terminal()
          .line(
              "monitor.tensorboard and monitor.mlflow are for ./run.sh train; this verb's trainings are"
                  + " not sent");
    }
  }

  /** Watches for Ctrl-C from here on. */
  final Ending ending(String verb, Path folder) {
    String goOn = command() + " " + verb + " --resume --run " + quoted(folder);
    return new Ending(resume, goOn, terminal());
  }

  /** The same data set with what is known of it besides, which is shown. */
  final Dataset warned(Dataset data, List<String> warnings) {
    warnings.stream()
        .filter(warning -> !data.warnings().contains(warning))
        .forEach(warning -> terminal().warning("warning: " + warning));
    return new Dataset(
        data.labels(), data.train(), data.validation(), data.test(), warnings, data.skipped());
  }

  final Manifest manifest(
      Recipe recipe, String yaml, Machine machine, RunBackbones backbones, Dataset data)
      throws IOException {
    Map<String, String> weights = new LinkedHashMap<>();
    for (BackboneUnit backbone : backbones.units()) {
      boolean random = backbone.spec().isRandom();
      weights.put(backbone.label(), random ? Manifest.NO_WEIGHTS : backbone.weightsId());
    }
    return new Manifest(
        Versions.here(Version.PNEUMA, Version.DEEPLEARNING4J),
        machine.backend().asMap(),
        recipe.seed(),
        yaml,
        data.sha256(),
        weights,
        Manifest.projectCommit(home()),
        Instant.now(),
        null,
        warnings(recipe, data),
        Status.RUNNING,
        null);
  }

  /** The directory of a run that begins or goes on, with what is known before it does. */
  final RunDirectory begin(Path folder, String yaml, Manifest now, Dataset data, Ending ending) {
    Manifest manifest = resume() ? sameRun(RunDirectory.open(folder), now) : now;
    RunDirectory run = resume() ? RunDirectory.resume(folder) : RunDirectory.create(folder);
    run.write(run.config(), yaml);
    run.writeJson(run.labels(), data.labels());
    SkippedFiles.write(run, data);
    ending.begins(run, manifest);
    return run;
  }

  /** The manifest of a run that goes on, which it does only with the images and weights it had. */
  final Manifest sameRun(RunDirectory run, Manifest now) {
    if (!Files.exists(run.manifest())) {
      return now; // Killed before anything was trained.
    }
    Manifest before = run.readJson(run.manifest(), Manifest.class);
    if (!before.dataSha256().equals(now.dataSha256()) || !before.weights().equals(now.weights())) {
      throw new ConfigException(
          run.root()
              + ": its images or its weights have changed since it was started, so it cannot go on;"
              + " start a new run without --resume");
    }
    Manifest resumed = before.resumedWith(now.recipe());
    List<String> changes = before.changes(now);
    if (changes.isEmpty()) {
      return resumed;
    }
    String warning =
        "gone on with at "
            + now.started().truncatedTo(ChronoUnit.SECONDS)
            + " with "
            + String.join(", ", changes)
            + ": the last digits may be others than those of a run on one machine";
    terminal().warning("warning: " + warning);
    return resumed.with(warning);
  }
}
