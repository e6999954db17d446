package io.pneuma.cli;

import io.pneuma.attention.Attentions;
import io.pneuma.backbone.Backbones;
import io.pneuma.config.ConfigException;
import io.pneuma.config.Recipe;
import io.pneuma.config.RecipeDifference;
import io.pneuma.config.RecipeLoader;
import io.pneuma.config.UserPath;
import io.pneuma.config.Vocabulary;
import io.pneuma.downloads.Sources;
import io.pneuma.evaluation.CheckedMaps;
import io.pneuma.evaluation.Conformal;
import io.pneuma.evaluation.Measurement;
import io.pneuma.evaluation.OperatingPoint;
import io.pneuma.explain.Method;
import io.pneuma.explain.RunExplainer;
import io.pneuma.explain.RunMaps;
import io.pneuma.graphfiles.ModelFile;
import io.pneuma.images.Dataset;
import io.pneuma.images.Inspector;
import io.pneuma.phantoms.Phantoms;
import io.pneuma.platform.Backend;
import io.pneuma.platform.Memory;
import io.pneuma.report.Reports;
import io.pneuma.run.Manifest;
import io.pneuma.run.RunDirectory;
import io.pneuma.run.RunException;
import io.pneuma.training.Progress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** What all verbs share: the terminal, the project's root, the caller's folder. */
@Command(mixinStandardHelpOptions = true, usageHelpAutoWidth = true)
abstract class Verb implements Callable<Integer> {
  /** The exit code of a verb of which a part failed. */
  static final int SOME_FAILED = 1;

  /** What of a trained run's recipe says where something lies, or no longer matters. */
  private static final List<String> MAY_MOVE =
      List.of(
          "data.attributes",
          "data.folder",
          "backbones.weights",
          "training.epochs",
          "training.earlyStopping",
          "monitor");

  private final Terminal terminal;

  Verb(Terminal terminal) {
    this.terminal = terminal;
  }

  final Terminal terminal() {
    return terminal;
  }

  @Option(
      names = {"-q", "--quiet"},
      description = "Shows results, warnings and errors alone.")
  final void quiet(boolean wanted) {
    if (wanted) {
      terminal.quiet();
    }
  }

  /** How the caller calls run.sh. */
  static String command() {
    return quoted(System.getProperty("pneuma.command", "./run.sh"));
  }

  /** A path as a shell takes it. */
  static String quoted(Path path) {
    return quoted(path.toString());
  }

  static String quoted(String text) {
    return text.matches("[\\w./:@%+=,-]+") ? text : "'" + text.replace("'", "'\\''") + "'";
  }

  /** The project's root, which run.sh gives. */
  static Path home() {
    return Path.of(System.getProperty("pneuma.home", ".")).toAbsolutePath().normalize();
  }

  /** A path as the caller wrote it, relative where that is. */
  static Path written(String text) {
    try {
      return UserPath.written(text);
    } catch (InvalidPathException e) {
      throw new ConfigException(text + ": is no path: " + e.getReason());
    }
  }

  /** A path of the command line on this machine, absolute from the caller's folder. */
  static Path fromCaller(Path path) {
    Path place = imagesFromCaller(path);
    if (!UserPath.isLocal(place)) {
      throw new ConfigException(path + ": must be on this machine; images alone may lie elsewhere");
    }
    return place;
  }

  /** Where images lie by the command line, absolute from the caller's folder. */
  static Path imagesFromCaller(Path path) {
    if (!UserPath.isLocal(path)) {
      return path.normalize();
    }
    try {
      return UserPath.of(Path.of("").toAbsolutePath(), path.toString());
    } catch (InvalidPathException e) {
      throw new ConfigException(path + ": " + e.getReason());
    }
  }

  /**
   * Where what may be computed or fetched again is kept: {@code PNEUMA_CACHE} or the user's cache.
   */
  static Path cache() {
    // The property is for tests, of which two run at a time, each with a cache of its own.
    String given = System.getProperty("pneuma.cache", System.getenv("PNEUMA_CACHE"));
    if (given != null && !given.isBlank()) {
      return fromCaller(written(given));
    }
    String xdg = System.getenv("XDG_CACHE_HOME");
    Path home = Path.of(System.getProperty("user.home"));
    Path caches = xdg != null && !xdg.isBlank() ? Path.of(xdg) : home.resolve(".cache");
    if (!caches.isAbsolute()) {
      throw new ConfigException(
          "this user has no home, so there is no place for the cache; set HOME, or PNEUMA_CACHE to a"
              + " folder that can be written");
    }
    return caches.resolve("pneuma");
  }

  static RecipeLoader recipes() {
    Vocabulary vocabulary = new Vocabulary(Backbones.stages(), Sources.names(), Attentions.names());
    return new RecipeLoader(vocabulary, home(), fromCaller(Path.of("")));
  }

  /** The recipe that a run was trained by. */
  static Recipe recipeOf(RunDirectory run) throws IOException {
    RecipeLoader.Loaded loaded = recipes().ofTrainedRuns().load(run.config(), List.of());
    if (run.isTrained()) {
      String trained =
          Files.exists(run.model())
              ? ModelFile.readText(run.model(), run.config().getFileName().toString())
              : run.readJson(run.manifest(), Manifest.class).recipe();
      // As it is written: a key that this version knows besides is no edit.
      String now = Files.readString(run.config());
      List<String> differences = RecipeDifference.between(trained, now, MAY_MOVE);
      if (!differences.isEmpty()) {
        throw new ConfigException(
            run.config()
                + ": is not the recipe that the model was trained by: "
                + String.join("; ", differences)
                + "; put it back (manifest.json has it), or train anew");
      }
    }
    return loaded.recipe();
  }

  /** The networks of a run: itself, or the members of an ensemble. */
  final List<RunExplainer.Trained> trained(RunDirectory run) throws IOException {
    List<RunDirectory> runs = run.networks();
    List<RunExplainer.Trained> trained = new ArrayList<>();
    for (RunDirectory each : runs) {
      trained.add(new RunExplainer.Trained(each, archives().located(recipeOf(each))));
    }
    return trained;
  }

  /** Where the images of archives are. */
  final ImagesFinder archives() {
    return new ImagesFinder(terminal, cache());
  }

  /** Where a new run lies when the caller does not say: named after what made it, and the time. */
  static Path newRun(String name) {
    String time =
        LocalDateTime.now(ZoneId.systemDefault())
            .format(DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss"));
    return home().resolve("runs").resolve(name + "-" + time);
  }

  /**
   * Writes the report of a run; one that cannot be written spoils no run.
   *
   * @param maps whether to check the maps of where it looks first, and to draw them if they passed
   */
  final void writeReport(RunDirectory run, long seed, MapsOption maps) throws IOException {
    warnOfSets(run.readJson(run.decision(), OperatingPoint.class).conformal());
    if (maps.isWanted()) {
      drawMaps(run);
    }
    try {
      Reports.write(run, seed);
    } catch (RunException e) {
      terminal.warning("warning: the report was not written: " + e.getMessage());
    }
  }

  private void warnOfSets(Conformal sets) {
    if (sets != null && !sets.neverRuledOut().isEmpty()) {
      warn(
          ("too few validation images of %s for prediction sets at a coverage of %s, so that no answer rules"
                  + " %s out, and all others are undecided; hold out more patients, use evaluation.folds,"
                  + " or set evaluation.conformal to less, or to none")
              .formatted(
                  String.join(", ", sets.neverRuledOut()),
                  sets.coverage(),
                  sets.neverRuledOut().size() == 1 ? "it" : "them"));
    }
  }

  final void warn(String said) {
    terminal.warning("warning: " + said);
  }

  private void drawMaps(RunDirectory run) throws IOException {
    RunMaps maps = new RunMaps(run, trained(run));
    try {
      CheckedMaps checked;
      try (Progress.Task task = terminal.start("checking maps", 0, maps.parts(), "parts")) {
        checked = maps.check(Method.DEFAULT, task::at, this::warn);
      }
      maps.keep(checked);
      if (!checked.passed()) {
        maps.erase();
        terminal.line(
            "maps of where the network looked are not shown: "
                + String.join("; ", checked.failures()));
        return;
      }
      Map<String, Path> pictured = Reports.pictured(run);
      try (Progress.Task task = terminal.start("drawing maps", 0, pictured.size(), "images")) {
        maps.draw(pictured, Method.DEFAULT, task::at);
      }
    } catch (RunMaps.NotAtHandException e) {
      terminal.warning(
          "warning: maps of where the network looked were not checked: " + e.getMessage());
    }
  }

  /** Shows what was measured, and where the run and its report are. */
  final void showMetrics(RunDirectory run, Map<String, Measurement> metrics) {
    List<String> labels = List.of(run.readJson(run.labels(), String[].class));
    terminal.result(
        MetricsTable.of(metrics, labels, run.readJson(run.decision(), OperatingPoint.class)));
    terminal.result("run directory: " + run.root());
    if (Files.exists(run.report())) {
      terminal.result("report: " + run.report());
    }
  }

  /** Draws the phantoms that a recipe asks for where they are not there yet. */
  final void drawPhantoms(Recipe recipe) throws IOException {
    Path folder = recipe.data().folder();
    if (recipe.data().generatePhantom() && !Files.exists(folder)) {
      terminal.line("drawing phantom radiographs into " + folder);
      Phantoms.draw(folder, recipe.seed());
    }
  }

  /** The images of a recipe, read with a progress bar. */
  final Dataset dataset(Recipe recipe) throws IOException {
    return dataset(recipe, Inspector.HERE);
  }

  /** The same, read by others. */
  final Dataset dataset(Recipe recipe, Inspector inspector) throws IOException {
    try (Progress.Task task =
        terminal.start("checking images", 0, Dataset.count(recipe.data().folder()), "images")) {
      return Dataset.load(recipe.data(), recipe.seed(), inspector, task::at);
    }
  }

  /**
   * Sets the memory limits, then starts the backend; in that order, since loading it reads them.
   */
  final Machine startMachine() {
    Memory memory = Memory.limit();
    return new Machine(memory, Backend.start());
  }

  /** The limits and the backend of this process. */
  record Machine(Memory memory, Backend backend) {
    String line(long neededBytes) {
      return "backend "
          + backend.name()
          + ", oneDNN "
          + (backend.oneDnn() ? "on" : "off")
          + ", "
          + backend.threads()
          + " threads; heap "
          + Memory.gib(memory.heap())
          + ", native limit "
          + Memory.gib(memory.nativeLimit())
          + "; this run needs about "
          + Memory.gib(neededBytes)
          + " of native memory";
    }
  }
}
