package io.pneuma.cli;

import io.pneuma.cluster.Cluster;
import io.pneuma.config.ConfigException;
import io.pneuma.config.Recipe;
import io.pneuma.config.RecipeLoader;
import io.pneuma.ensemble.Ensemble;
import io.pneuma.evaluation.Measurement;
import io.pneuma.explain.RunMaps;
import io.pneuma.images.Dataset;
import io.pneuma.monitor.RunStats;
import io.pneuma.monitor.TrainingUi;
import io.pneuma.run.Manifest;
import io.pneuma.run.RunDirectory;
import io.pneuma.run.TestOpenings;
import io.pneuma.training.Outlook;
import io.pneuma.training.Rehearsal;
import io.pneuma.training.RunBackbones;
import io.pneuma.training.ShortcutCheck;
import io.pneuma.training.TrainingRun;
import io.pneuma.training.Workforce;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.optimize.api.TrainingListener;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Trains a recipe and leaves a run directory. */
@Command(name = "train", description = "Trains a recipe and leaves a run directory.")
final class TrainCommand extends RunVerb {
  private static final String QUICKSTART = "conf/quickstart.yaml";

  /** What may change when a run goes on; anything else would make it another run. */
  private static final List<String> CHANGEABLE =
      List.of("training.epochs", "training.earlyStopping", "monitor");

  @Parameters(
      arity = "0..1",
      paramLabel = "CONFIG",
      description = "The recipe; default " + QUICKSTART + ".")
  private Path config;

  /** Of {@code verify --retrain}, whose run is gone when it ends. */
  @Option(names = "--without-advice", hidden = true)
  private boolean withoutAdvice;

  @Mixin private MapsOption maps;

  @Mixin private SparkOption spark;

  TrainCommand(Terminal terminal) {
    super(terminal);
  }

  @Override
  public Integer call() throws IOException {
    RecipeLoader.Loaded loaded = load();
    Path folder = folder(config == null ? Path.of(QUICKSTART) : config);
    refuseInUse(folder, loaded.recipe());
    checkUi(loaded.recipe());
    if (resume() && isFinished(loaded.recipe(), RunDirectory.open(folder))) {
      showFinished(loaded.recipe(), RunDirectory.open(folder));
      return 0;
    }
    if (maps.isWanted()) {
      RunMaps.requireReadablePlaces(loaded.recipe().data().root());
    }
    sayIfPhantom(loaded.recipe(), "training on");
    if (dryRun()) {
      plan(loaded, folder);
      return 0;
    }
    try (Ending ending = ending("train", folder);
        Cluster cluster = spark.open("train", terminal())) {
      if (Part.isAlone(loaded.recipe())) {
        train(loaded, folder, ending, cluster);
      } else {
        trainMembers(loaded, folder, ending, cluster);
      }
    }
    return 0;
  }

  private void plan(RecipeLoader.Loaded loaded, Path folder) throws IOException {
    try (Plan plan = Plan.of(this, loaded.recipe())) {
      int epochs = loaded.recipe().training().epochs();
      int networks = Part.of(loaded.recipe(), plan.data()).size();
      if (resume()) {
        RunDirectory run = RunDirectory.open(folder);
        sameRun(run, plan.manifest(loaded.yaml()));
        epochs -= TrainingRun.epochsTrained(run);
      }
      Rehearsal rehearsal = plan.rehearsal();
      long needed = rehearsal.estimatedBytes();
      plan.showMemory(needed);
      Outlook outlook = rehearsal.measure(cache().resolve("features"));
      plan.showViews(outlook.missing(), outlook.views(), outlook.bytes());
      plan.showTime(
          outlook.missing(),
          outlook.featurising(),
          networks * plan.training(outlook, epochs),
          "training %s%d epochs at most, %s images a second"
              .formatted(
                  networks == 1 ? "" : networks + " networks, ",
                  epochs,
                  BarText.rate(outlook.trained())));
      plan.print(folder);
    }
  }

  private void train(RecipeLoader.Loaded loaded, Path folder, Ending ending, Cluster cluster)
      throws IOException {
    Recipe recipe = new WeightsFinder(terminal(), home(), cache()).resolve(loaded.recipe());
    Machine machine = startMachine();
    RunBackbones backbones = RunBackbones.load(recipe);
    show(backbones);
    Dataset data = read(recipe, cluster.inspector());
    TrainingRun training = new TrainingRun(recipe, backbones, data, terminal(), cluster.training());
    long needed = training.estimatedBytes();
    terminal().line(machine.line(needed));
    machine.memory().require(needed);

    Manifest manifest =
        shared(
            manifest(recipe, loaded.yaml(), machine, backbones, data), recipe, cluster.training());
    RunDirectory run = begin(folder, loaded.yaml(), manifest, data, ending);
    String name = folder.getFileName().toString();
    try (RunLog log = RunLog.open(run);
        Followers followers = Followers.of(recipe.monitor(), loaded.yaml(), run, name, terminal());
        RunStats stats = RunStats.create(run.stats(), name)) {
      log.begin(terminal().said());
      Map<String, Measurement> metrics = train(recipe, training, run, stats, resume(), followers);
      followers.measured(metrics);
      ending.finished();
      training.close();
      writeReport(run, recipe.seed(), maps);
      followers.finish(run);
      showResult(recipe, run, metrics);
    }
  }

  /** Tells how many tasks share the minibatches, on which the last digits depend. */
  private static Manifest shared(Manifest manifest, Recipe recipe, Workforce workforce) {
    return recipe.allFrozen()
        ? manifest
        : workforce.epochs().map(e -> manifest.sharedBy(e.workers())).orElse(manifest);
  }

  /** Trains each member as a run of its own, then makes an ensemble of them. */
  private void trainMembers(RecipeLoader.Loaded loaded, Path folder, Ending ending, Cluster cluster)
      throws IOException {
    Recipe recipe = new WeightsFinder(terminal(), home(), cache()).resolve(loaded.recipe());
    Machine machine = startMachine();
    RunBackbones backbones = RunBackbones.load(recipe);
    show(backbones);
    Dataset read = read(recipe, cluster.inspector());
    List<Part> parts = Part.of(recipe, read);
    Dataset data = warned(read, parts.get(0).data().warnings());
    long needed =
        new TrainingRun(recipe, backbones, parts.get(0).data(), terminal()).estimatedBytes();
    terminal().line(machine.line(needed));
    machine.memory().require(needed);

    Manifest manifest =
        shared(
            manifest(recipe, loaded.yaml(), machine, backbones, data), recipe, cluster.training());
    RunDirectory run = begin(folder, loaded.yaml(), manifest, data, ending);
    String name = folder.getFileName().toString();
    try (RunLog log = RunLog.open(run);
        Followers followers =
            Followers.of(recipe.monitor(), loaded.yaml(), run, name, terminal())) {
      log.begin(terminal().said());
      followers.all().forEach(follower -> follower.begins(List.of()));
      // All members learn and choose by the same images, only dealt otherwise.
      Path bank = cache().resolve("features");
      ShortcutCheck.write(run, data, recipe.seed(), bank, terminal());
      for (Part part : parts) {
        terminal()
            .line(
                "member %d of %d: %s"
                    .formatted(parts.indexOf(part) + 1, parts.size(), part.title()));
        trainMember(part, run, machine, name, cluster.training());
      }
      if (!data.test().isEmpty()) {
        TestOpenings.add(run, "train");
      }
      Map<String, Measurement> metrics = Ensemble.write(run, recipe.evaluation(), recipe.seed());
      followers.measured(metrics);
      ending.finished();
      writeReport(run, recipe.seed(), maps);
      followers.finish(run);
      showResult(recipe, run, metrics);
    }
  }

  private void trainMember(
      Part part, RunDirectory ensemble, Machine machine, String name, Workforce workforce)
      throws IOException {
    Path folder = ensemble.membersFolder().resolve(part.name());
    RecipeLoader.Loaded own = recipes().load(ensemble.config(), part.changes());
    Recipe recipe = new WeightsFinder(terminal(), home(), cache()).resolve(own.recipe());
    boolean begun = Files.isRegularFile(folder.resolve("config.yaml"));
    if (begun && isFinished(recipe, RunDirectory.open(folder))) {
      requireSameImages(RunDirectory.open(folder), part.data());
      terminal().line("it has trained all its epochs");
      return;
    }
    RunBackbones backbones = RunBackbones.load(recipe);
    TrainingRun training = new TrainingRun(recipe, backbones, part.data(), terminal(), workforce);
    Manifest manifest =
        shared(manifest(recipe, own.yaml(), machine, backbones, part.data()), recipe, workforce);
    if (begun) {
      manifest = sameRun(RunDirectory.open(folder), manifest);
    }
    RunDirectory run = begun ? RunDirectory.resume(folder) : RunDirectory.create(folder);
    run.write(run.config(), own.yaml());
    run.writeJson(run.labels(), part.data().labels());
    run.write(run.shortcuts(), Files.readString(ensemble.shortcuts()));
    run.writeJson(run.manifest(), manifest);
    String ownName = name + "/" + part.name();
    try (Followers followers =
            Followers.of(recipe.monitor(), own.yaml(), run, ownName, terminal());
        RunStats stats = RunStats.create(run.stats(), part.name())) {
      followers.measured(train(recipe, training, run, stats, begun, followers));
      followers.finish(run);
    }
    training.close();
    run.writeJson(run.manifest(), manifest.ended(Manifest.Status.DONE, Instant.now()));
  }

  /** Another table of attributes would make other folds. */
  private static void requireSameImages(RunDirectory member, Dataset data) {
    if (!member.readJson(member.manifest(), Manifest.class).dataSha256().equals(data.sha256())) {
      throw new ConfigException(
          member.root()
              + ": was trained on another fold than data.attributes makes now, so the run cannot go on;"
              + " put the table back, or start a new run without --resume");
    }
  }

  private void showResult(Recipe recipe, RunDirectory run, Map<String, Measurement> metrics)
      throws IOException {
    showMetrics(run, metrics);
    sayIfPhantom(recipe, "trained on");
    if (withoutAdvice) {
      return;
    }
    String given = " --run " + quoted(run.root());
    terminal().command("next: " + command() + " predict" + given + " IMAGE|FOLDER...");
    terminal().command("      " + command() + " explain" + given + " IMAGE|FOLDER...");
    terminal().command("      " + command() + " evaluate" + given + " --data FOLDER");
    if (run.members().isEmpty()) {
      terminal().command("      " + command() + " ui" + given);
    }
  }

  private static boolean isFinished(Recipe recipe, RunDirectory run) throws IOException {
    return Files.exists(run.manifest())
        && run.readJson(run.manifest(), Manifest.class).status() == Manifest.Status.DONE
        && Files.exists(run.metrics())
        && run.isTrained()
        && (!run.members().isEmpty() || TrainingRun.isTrained(recipe, run));
  }

  /**
   * What a finished run has to show needs neither its images nor its weights, if it has a report.
   */
  private void showFinished(Recipe recipe, RunDirectory run) throws IOException {
    if (!Files.exists(run.report())) { // It was interrupted while its maps were checked.
      if (maps.isWanted()) {
        startMachine();
      }
      writeReport(run, recipe.seed(), maps);
    }
    terminal()
        .line(
            "this run has trained all its epochs, and nothing is to do;"
                + " --set training.epochs=N trains on");
    Map<String, Measurement> metrics = new LinkedHashMap<>();
    Map<String, Measurement> stored = run.readJson(run.metrics(), SplitMetrics.class).splits();
    for (String split : List.of("validation", "test")) {
      if (stored.containsKey(split)) {
        metrics.put(split, stored.get(split));
      }
    }
    showResult(recipe, run, metrics);
  }

  /** What is in metrics.json. */
  private record SplitMetrics(Map<String, Measurement> splits) {}

  private RecipeLoader.Loaded load() throws IOException {
    if (!resume()) {
      return recipes().load(config == null ? home().resolve(QUICKSTART) : config, changes());
    }
    if (config != null) {
      throw new ConfigException(
          "--resume goes on with the recipe in a run directory; expected --run DIR and no CONFIG");
    }
    RecipeLoader.Loaded loaded = recipes().load(resumed(CHANGEABLE), changes());
    refuseAnother(written(), CHANGEABLE);
    refuseProlonged(loaded.recipe());
    return loaded;
  }

  /** A learning rate that falls towards the last epoch cannot go on behind it. */
  private void refuseProlonged(Recipe recipe) {
    if (recipe.training().plansRates()
        && changes().stream().anyMatch(change -> change.startsWith("training.epochs="))) {
      throw new ConfigException(
          "--set training.epochs cannot change on --resume where training.decay = cosine or"
              + " training.warmupEpochs plan the learning rate over all epochs; start a new run");
    }
  }

  private Map<String, Measurement> train(
      Recipe recipe,
      TrainingRun training,
      RunDirectory run,
      RunStats stats,
      boolean goOn,
      Followers followers)
      throws IOException {
    Path bank = cache().resolve("features");
    int reportEvery = RunStats.reportEvery(training.steps(), recipe.allFrozen());
    List<TrainingListener> listeners = List.of(stats.listener(reportEvery));
    if (!showsUi(recipe)) {
      return training.train(run, goOn, bank, listeners, reportEvery, followers.all());
    }
    try (TrainingUi server = TrainingUi.start(recipe.monitor().host(), recipe.monitor().port())) {
      server.show(stats);
      terminal().line("training UI: " + server.address() + server.remark(recipe.monitor().port()));
      return training.train(run, goOn, bank, listeners, reportEvery, followers.all());
    }
  }
}
