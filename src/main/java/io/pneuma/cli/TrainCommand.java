package io.pneuma.cli;

import io.pneuma.config.ConfigException;
import io.pneuma.config.Recipe;
import io.pneuma.config.Recipe.BackboneSpec;
import io.pneuma.config.RecipeLoader;
import io.pneuma.evaluation.Metrics;
import io.pneuma.images.Dataset;
import io.pneuma.images.Phantoms;
import io.pneuma.monitor.RunStats;
import io.pneuma.monitor.TrainingUi;
import io.pneuma.network.BackboneUnit;
import io.pneuma.run.Manifest;
import io.pneuma.run.Manifest.Status;
import io.pneuma.run.Manifest.Versions;
import io.pneuma.run.RunDirectory;
import io.pneuma.training.TrainingRun;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.optimize.api.TrainingListener;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Trains a recipe and leaves a run directory. */
@Command(name = "train", description = "Trains a recipe and leaves a run directory.")
final class TrainCommand extends Verb {
  private static final String QUICKSTART = "conf/quickstart.yaml";

  /** What may change when a run goes on; anything else would make it another run. */
  private static final List<String> CHANGEABLE =
      List.of("training.epochs", "training.earlyStopping", "monitor");

  /** Points that a short run should have in the training UI. */
  private static final int LEAST_REPORTS = 10;

  /**
   * A report walks over every layer: one every other step made the quickstart take half as long
   * again.
   */
  private static final int MOST_STEPS_BETWEEN_REPORTS = 10;

  @Parameters(
      arity = "0..1",
      paramLabel = "CONFIG",
      description = "The recipe; default " + QUICKSTART + ".")
  private Path config;

  @Option(
      names = "--set",
      paramLabel = "key=value",
      description = "Overrides a key of the recipe, as in training.epochs=3.")
  private List<String> assignments = new ArrayList<>();

  @Option(
      names = "--run",
      paramLabel = "DIR",
      description = "The run directory; default runs/NAME-TIME.")
  private Path runFolder;

  @Option(names = "--resume", description = "Goes on with the run in --run after its last epoch.")
  private boolean resume;

  @Option(
      names = "--ui",
      negatable = true,
      description = "Shows the training UI, or not, whatever the recipe says.")
  private Boolean ui;

  TrainCommand(Terminal terminal) {
    super(terminal);
  }

  @Override
  public Integer call() throws IOException {
    RecipeLoader.Loaded loaded = load();
    Path folder = runFolder == null ? defaultRun() : fromCaller(runFolder);
    if (!resume && Files.exists(folder)) {
      RunDirectory.create(folder); // Refuses one that is in use before any work is done.
    }
    Recipe recipe = new WeightsFinder(terminal(), home(), cache()).resolve(loaded.recipe());
    Machine machine = startMachine();
    Dataset data = read(recipe);
    TrainingRun training = new TrainingRun(recipe, data, terminal());
    training.table().lines().forEach(terminal()::line);
    long needed = training.estimatedBytes();
    terminal().line(machine.line(needed));
    machine.memory().require(needed);

    Manifest manifest = manifest(recipe, machine, training, data);
    if (resume) {
      manifest = sameRun(RunDirectory.open(folder), manifest);
    }
    RunDirectory run = resume ? RunDirectory.resume(folder) : RunDirectory.create(folder);
    run.write(run.config(), loaded.yaml());
    run.writeJson(run.labels(), data.labels());
    try (RunLog log = RunLog.open(run);
        Ending ending = new Ending(run, manifest, terminal());
        RunStats stats = RunStats.create(run.stats(), folder.getFileName().toString())) {
      log.machine(machine.line(needed), training.table());
      Map<String, Metrics> metrics = train(recipe, training, run, stats);
      ending.finished();
      terminal().out().print(MetricsTable.of(metrics));
      terminal().out().println("run directory: " + folder);
    }
    return 0;
  }

  private RecipeLoader.Loaded load() {
    if (!resume) {
      return recipes().load(config == null ? home().resolve(QUICKSTART) : config, assignments);
    }
    if (runFolder == null || config != null) {
      throw new ConfigException(
          "--resume goes on with the recipe in a run directory; expected --run DIR and no CONFIG");
    }
    for (String assignment : assignments) {
      String key = assignment.substring(0, Math.max(0, assignment.indexOf('=')));
      if (CHANGEABLE.stream().noneMatch(c -> key.equals(c) || key.startsWith(c + "."))) {
        throw new ConfigException(
            "--set "
                + assignment
                + " would make it another run; with --resume only these can change: "
                + String.join(", ", CHANGEABLE));
      }
    }
    return recipes().load(RunDirectory.open(fromCaller(runFolder)).config(), assignments);
  }

  private Path defaultRun() {
    Path name = (config == null ? Path.of(QUICKSTART) : config).getFileName();
    String time =
        LocalDateTime.now(ZoneId.systemDefault())
            .format(DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss"));
    return home()
        .resolve("runs")
        .resolve(name.toString().replaceFirst("\\.ya?ml$", "") + "-" + time);
  }

  private Dataset read(Recipe recipe) throws IOException {
    Path folder = recipe.data().folder();
    if (recipe.data().generatePhantom() && !Files.exists(folder)) {
      terminal().line("drawing phantom radiographs into " + folder);
      Phantoms.draw(folder, recipe.seed());
    }
    Dataset data = dataset(recipe);
    terminal()
        .line(
            "images: "
                + data.train().size()
                + " training, "
                + data.validation().size()
                + " validation, "
                + data.test().size()
                + " test; classes "
                + String.join(", ", data.labels()));
    warnings(recipe, data).forEach(warning -> terminal().line("warning: " + warning));
    data.skipped().forEach(bad -> terminal().line("skipped: " + bad.file() + ": " + bad.reason()));
    return data;
  }

  private Manifest manifest(Recipe recipe, Machine machine, TrainingRun training, Dataset data)
      throws IOException {
    Map<String, String> weights = new LinkedHashMap<>();
    for (BackboneUnit backbone : training.network().backbones()) {
      boolean random = backbone.spec().isRandom();
      weights.put(backbone.label(), random ? Manifest.NO_WEIGHTS : backbone.weightsId());
    }
    return new Manifest(
        Versions.here(Version.PNEUMA, Version.DEEPLEARNING4J),
        machine.backend().asMap(),
        recipe.seed(),
        data.sha256(),
        weights,
        Manifest.projectCommit(home()),
        Instant.now(),
        null,
        warnings(recipe, data),
        Status.RUNNING);
  }

  private static List<String> warnings(Recipe recipe, Dataset data) {
    List<String> warnings = new ArrayList<>(data.warnings());
    for (BackboneSpec backbone : recipe.backbones()) {
      if (backbone.isFrozen() && backbone.isRandom()) {
        warnings.add(
            backbone.name()
                + " is frozen at random weights (weights: none, freeze: all), so its features are"
                + " those of no training");
      }
    }
    return warnings;
  }

  /** The manifest of a run that goes on, which it does only with the images and weights it had. */
  private static Manifest sameRun(RunDirectory run, Manifest now) {
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
    return before.resumed();
  }

  private Map<String, Metrics> train(
      Recipe recipe, TrainingRun training, RunDirectory run, RunStats stats) throws IOException {
    Path bank = cache().resolve("features");
    long between = training.steps() / LEAST_REPORTS;
    int reportEvery = (int) Math.max(1, Math.min(MOST_STEPS_BETWEEN_REPORTS, between));
    List<TrainingListener> listeners = List.of(stats.listener(reportEvery));
    if (!(ui == null ? recipe.monitor().ui() : ui)) {
      return training.train(run, resume, bank, listeners);
    }
    try (TrainingUi server = TrainingUi.start(recipe.monitor().host(), recipe.monitor().port())) {
      server.show(stats);
      terminal().line("training UI: " + server.address());
      return training.train(run, resume, bank, listeners);
    }
  }
}
