package io.pneuma.cli;

import static java.util.stream.Collectors.joining;

import io.pneuma.cluster.Cluster;
import io.pneuma.config.ConfigException;
import io.pneuma.config.Recipe;
import io.pneuma.config.SearchRecipes;
import io.pneuma.images.Dataset;
import io.pneuma.monitor.RunStats;
import io.pneuma.monitor.TrainingUi;
import io.pneuma.platform.Memory;
import io.pneuma.platform.Processor;
import io.pneuma.run.Manifest;
import io.pneuma.run.RunDirectory;
import io.pneuma.search.HyperparameterSearch;
import io.pneuma.search.Leaderboard;
import io.pneuma.search.Outcome;
import io.pneuma.search.SearchResults;
import io.pneuma.search.Trial;
import io.pneuma.training.RunBackbones;
import io.pneuma.training.TrainingRun;
import io.pneuma.training.Trials;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Searches the hyperparameters of a recipe and leaves a run directory with the winner's recipe. */
@Command(
    name = "search",
    description = "Searches the hyperparameters of a recipe and leaves the winner's recipe.")
final class SearchCommand extends RunVerb {
  private static final List<String> CHANGEABLE = List.of("search.budget", "monitor");

  @Parameters(
      arity = "0..1",
      paramLabel = "CONFIG",
      description = "A recipe with a search: block, such as conf/search.yaml.")
  private Path config;

  @Mixin private SparkOption spark;

  SearchCommand(Terminal terminal) {
    super(terminal);
  }

  @Override
  public Integer call() throws IOException {
    SearchRecipes recipes = load();
    if (!Part.isAlone(recipes.base())) {
      throw new ConfigException(
          "a search trains each candidate once; leave evaluation.folds and evaluation.seeds away, or"
              + " say --set evaluation.folds=none --set evaluation.seeds=1");
    }
    HyperparameterSearch.limit(recipes); // Refuses a grid that is too large before any work.
    Path folder = folder(config);
    refuseInUse(folder, recipes.base());
    checkUi(recipes.base());
    sayIfFollowed(recipes.base());
    sayIfPhantom(recipes.base(), "searching on");
    if (dryRun()) {
      plan(recipes, folder);
      return 0;
    }
    try (Ending ending = ending("search", folder);
        Cluster cluster = spark.open("search", terminal())) {
      return search(recipes, folder, ending, cluster);
    }
  }

  private void plan(SearchRecipes recipes, Path folder) throws IOException {
    try (Plan plan = Plan.of(this, recipes.base())) {
      if (resume()) {
        sameRun(RunDirectory.open(folder), plan.manifest(recipes.yaml()));
      }
      SearchPlan.show(plan, recipes, cache().resolve("features"));
      plan.print(folder);
    }
  }

  private int search(SearchRecipes recipes, Path folder, Ending ending, Cluster cluster)
      throws IOException {
    WeightsFinder weights = new WeightsFinder(terminal(), home(), cache());
    Recipe recipe = weights.resolve(recipes.base());
    List<Recipe> extremes = new ArrayList<>();
    for (Recipe extreme : recipes.extremes()) {
      extremes.add(weights.resolve(extreme));
    }
    Machine machine = startMachine();
    RunBackbones backbones = RunBackbones.load(recipe);
    show(backbones);
    requireLoadable(extremes, recipe);
    Dataset data = read(recipe, cluster.inspector());
    TrainingRun training = new TrainingRun(recipe, backbones, data, terminal());
    try (Trials trials =
        new Trials(data, cache().resolve("features"), terminal(), cluster.training())) {
      boolean heads = extremes.stream().allMatch(Recipe::allFrozen);
      long each = trials.estimatedBytes(extremes);
      long shared = heads ? training.estimatedBytes() : 0;
      int here = workers(heads, machine.memory(), shared, each);
      long needed = shared + here * each;
      terminal().line(machine.line(needed));
      machine.memory().require(needed);
      int workers = cluster.trainings(heads, here);
      terminal()
          .line(
              heads
                  ? workers + " heads train at a time, on one thread each"
                  : "not all backbones are frozen, so each candidate trains the whole network,"
                      + " "
                      + (workers == 1 ? "one" : workers)
                      + " at a time");

      Manifest manifest = manifest(recipe, recipes.yaml(), machine, backbones, data);
      if (resume()) {
        manifest = sameRun(RunDirectory.open(folder), manifest);
      }
      RunDirectory run = resume() ? RunDirectory.resume(folder) : RunDirectory.create(folder);
      run.write(run.config(), recipes.yaml());
      run.writeJson(run.labels(), data.labels());
      SkippedFiles.write(run, data);
      ending.begins(run, manifest);
      try (RunLog log = RunLog.open(run);
          RunStats stats = RunStats.create(run.stats(), folder.getFileName().toString())) {
        log.begin(terminal().said());
        trials.prepare(extremes);
        Leaderboard leaderboard =
            search(recipes, resolving(weights, cluster.candidates(trials)), workers, run, stats);
        terminal()
            .result(
                SearchResults.write(run, recipes, leaderboard, terminal()).stream()
                    .map(TextTable::of)
                    .collect(joining(System.lineSeparator())));
        if (leaderboard.winner().isEmpty()) {
          terminal()
              .warning("no candidate trained to its end; the reasons are in " + run.leaderboard());
          return SOME_FAILED;
        }
        ending.finished();
        terminal().result("run directory: " + folder);
        terminal().result("train the winner: " + command() + " train " + quoted(run.winner()));
        terminal()
            .line(
                "see it again: "
                    + command()
                    + " ui --run "
                    + quoted(folder)
                    + ", then /arbiter there");
        sayIfPhantom(recipe, "searched on");
      }
    }
    return 0;
  }

  /** A candidate whose weights cannot be had has failed, and the others go on. */
  private static Trial resolving(WeightsFinder weights, Trial trial) {
    return (candidate, rule) -> {
      Recipe recipe;
      try {
        recipe = weights.resolve(candidate);
      } catch (IOException | RuntimeException e) {
        return Outcome.failed(e);
      }
      return trial.train(recipe, rule);
    };
  }

  /** What any candidate may be built of is tried before any image is read. */
  private static void requireLoadable(List<Recipe> extremes, Recipe base) throws IOException {
    for (Recipe extreme : extremes) {
      if (!extreme.backbones().equals(base.backbones())
          || extreme.training().batchSize() == 1
          || extreme.data().imageSize() != base.data().imageSize()) {
        RunBackbones.load(extreme);
      }
    }
  }

  private SearchRecipes load() throws IOException {
    if (resume()) {
      SearchRecipes recipes =
          config == null
              ? recipes().loadSearch(resumed(CHANGEABLE), changes())
              : sameSearch(recipes().loadSearch(config, changes()));
      refuseAnother(config == null ? written() : recipes.yaml(), CHANGEABLE);
      return recipes;
    }
    if (config == null) {
      throw new ConfigException(
          "expected a recipe with a search: block, as in ./run.sh search conf/search.yaml");
    }
    return recipes().loadSearch(config, changes());
  }

  /** The same command with --resume added goes on with what it began. */
  private SearchRecipes sameSearch(SearchRecipes given) {
    Path begun = RunDirectory.open(folder(config)).config();
    SearchRecipes before = recipes().loadSearch(begun, List.of());
    if (!given.searchesLike(before)) {
      throw new ConfigException(
          config
              + " is not what "
              + begun
              + " was started with; with --resume only these can change: "
              + String.join(", ", CHANGEABLE));
    }
    return given;
  }

  /** As many as there are cores, or as the memory holds. */
  static int workers(boolean heads, Memory memory, long shared, long each) {
    int workers = heads ? Processor.cores() : 1;
    while (workers > 1 && shared + workers * each > memory.nativeLimit()) {
      workers--;
    }
    return workers;
  }

  private Leaderboard search(
      SearchRecipes recipes, Trial trial, int workers, RunDirectory run, RunStats stats)
      throws IOException {
    Recipe recipe = recipes.base();
    HyperparameterSearch search = new HyperparameterSearch(recipes, run, terminal());
    if (!showsUi(recipe)) {
      return timed(search, trial, workers, stats);
    }
    try (TrainingUi server = TrainingUi.start(recipe.monitor().host(), recipe.monitor().port())) {
      server.show(stats);
      terminal()
          .line(
              "the search in a browser: "
                  + server.searches()
                  + server.remark(recipe.monitor().port()));
      return timed(search, trial, workers, stats);
    }
  }

  private Leaderboard timed(HyperparameterSearch search, Trial trial, int workers, RunStats stats)
      throws IOException {
    long started = System.nanoTime();
    Leaderboard leaderboard =
        search.run(trial, workers, Optional.of(stats.router()), stats.session());
    terminal()
        .line(
            String.format(
                Locale.ROOT,
                "%d candidates, %.1f s of training in all; this session took %.1f s with %d at a time",
                leaderboard.size(),
                leaderboard.trainingSeconds(),
                (System.nanoTime() - started) / 1e9,
                workers));
    return leaderboard;
  }
}
