package io.pneuma.cli;

import io.pneuma.cluster.Cluster;
import io.pneuma.config.ConfigException;
import io.pneuma.config.Recipe;
import io.pneuma.config.RecipeLoader;
import io.pneuma.evaluation.Decision;
import io.pneuma.images.Dataset;
import io.pneuma.images.Folds;
import io.pneuma.images.Folds.Fold;
import io.pneuma.reproduction.Cell;
import io.pneuma.reproduction.Reproduction;
import io.pneuma.reproduction.Table;
import io.pneuma.run.Manifest;
import io.pneuma.run.RunDirectory;
import io.pneuma.run.TestOpenings;
import io.pneuma.training.RunBackbones;
import io.pneuma.training.TrainingRun;
import io.pneuma.training.Trials;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Trains every network of the paper's table 2 and sets the figures beside the paper's. */
@Command(
    name = "reproduce",
    description =
        "Trains each backbone, every pair and all merged, and tells what is beyond chance.")
final class ReproduceCommand extends RunVerb {
  private static final String REPRODUCE = "conf/reproduce.yaml";

  private static final List<String> CHANGEABLE = List.of("monitor");

  @Parameters(
      arity = "0..1",
      paramLabel = "CONFIG",
      description = "The recipe; default " + REPRODUCE + ".")
  private Path config;

  @Mixin private SparkOption spark;

  ReproduceCommand(Terminal terminal) {
    super(terminal);
  }

  @Override
  public Integer call() throws IOException {
    RecipeLoader.Loaded loaded = load();
    Recipe recipe = loaded.recipe();
    List<Cell> cells = Cell.of(recipe);
    if (showsUi(recipe)) {
      throw new ConfigException(
          "reproduce trains many heads at a time and shows none of them in the training UI; leave"
              + " --ui and monitor.ui away");
    }
    Path folder = folder(config == null ? Path.of(REPRODUCE) : config);
    refuseInUse(folder, recipe);
    sayIfFollowed(recipe);
    sayIfPhantom(recipe, "training on");
    if (dryRun()) {
      plan(loaded, cells, folder);
      return 0;
    }
    try (Ending ending = ending("reproduce", folder);
        Cluster cluster = spark.open("reproduce", terminal())) {
      reproduce(loaded, folder, ending, cluster);
    }
    return 0;
  }

  private void plan(RecipeLoader.Loaded loaded, List<Cell> cells, Path folder) throws IOException {
    Recipe recipe = loaded.recipe();
    try (Plan plan = Plan.of(this, recipe)) {
      int folds = folds(recipe, plan.data()).size();
      int heads = cells.size() * folds * recipe.evaluation().seeds();
      var outlook = plan.rehearsal().measure(cache().resolve("features"));
      plan.showMemory(plan.rehearsal().estimatedBytes());
      plan.showViews(outlook.missing(), outlook.views(), outlook.bytes());
      plan.showTime(
          outlook.missing(),
          outlook.featurising(),
          heads * plan.training(outlook, recipe.training().epochs()),
          heads + " heads as if each merged all backbones; early stopping and cores shorten it");
      plan.print(folder);
    }
  }

  private void reproduce(RecipeLoader.Loaded loaded, Path folder, Ending ending, Cluster cluster)
      throws IOException {
    Recipe recipe = new WeightsFinder(terminal(), home(), cache()).resolve(loaded.recipe());
    Machine machine = startMachine();
    RunBackbones backbones = RunBackbones.load(recipe);
    show(backbones);
    Dataset read = read(recipe, cluster.inspector());
    List<Dataset> folds = folds(recipe, read);
    Dataset data = warned(read, folds.get(0).warnings());
    Dataset all = pooled(recipe, data);
    TrainingRun whole = new TrainingRun(recipe, backbones, all, terminal());
    List<Cell> cells = Cell.of(recipe);
    List<Recipe> recipes = cells.stream().map(Cell::recipe).toList();
    try (Trials trials =
        new Trials(all, cache().resolve("features"), terminal(), cluster.training())) {
      long each = trials.estimatedBytes(recipes);
      long shared = whole.estimatedBytes();
      int here = SearchCommand.workers(true, machine.memory(), shared, each);
      terminal().line(machine.line(shared + here * each));
      machine.memory().require(shared + here * each);
      int workers = cluster.trainings(true, here);
      Manifest manifest = manifest(recipe, loaded.yaml(), machine, backbones, data);
      RunDirectory run = begin(folder, loaded.yaml(), manifest, data, ending);
      try (RunLog log = RunLog.open(run)) {
        log.begin(terminal().said());
        Reproduction reproduction = new Reproduction(recipe, folds, run);
        terminal()
            .line(
                "%d networks, %d folds, %d seeds: %d heads, %d at a time"
                    .formatted(
                        cells.size(),
                        folds.size(),
                        recipe.evaluation().seeds(),
                        reproduction.trainings(),
                        workers));
        trials.prepare(List.of(recipe)); // All backbones at once, so that images are read once.
        trials.prepare(recipes);
        reproduction.train(cluster.heads(trials, folds), workers, terminal());
        if (folds.size() == 1) {
          TestOpenings.add(run, "reproduce");
        }
        show(run, recipe, data, reproduction);
        ending.finished();
      }
    }
    terminal().result("run directory: " + folder);
    sayIfPhantom(recipe, "trained on");
  }

  private void show(RunDirectory run, Recipe recipe, Dataset data, Reproduction reproduction) {
    terminal().line("comparing, by 2,000 draws of patients each");
    Decision decision = TrainingRun.decision(recipe, data);
    String positive =
        decision.positiveClass().isPresent()
            ? data.labels().get(decision.positiveClass().getAsInt())
            : null;
    Table table =
        Table.of(reproduction.cells(), reproduction.answers(), decision, positive, recipe.seed());
    run.writeJson(run.reproduction(), table);
    run.write(run.table(), table.markdown());
    terminal().result(table.markdown());
  }

  private static List<Dataset> folds(Recipe recipe, Dataset data) throws IOException {
    if (recipe.evaluation().folds().isPresent()) {
      return new Folds(recipe.data(), recipe.seed())
          .of(data, recipe.evaluation().folds().get()).stream().map(Fold::data).toList();
    }
    if (data.test().isEmpty()) {
      throw new ConfigException(
          recipe.data().folder()
              + ": there is no test split; give evaluation.folds, as in 5, or data.test.fraction");
    }
    return List.of(data);
  }

  /** All images whose features the folds will ask for. */
  private static Dataset pooled(Recipe recipe, Dataset data) {
    if (recipe.evaluation().folds().isEmpty()) {
      return data;
    }
    var pool = new Folds(recipe.data(), recipe.seed()).pool(data);
    return new Dataset(data.labels(), pool, pool, List.of(), data.warnings(), data.skipped());
  }

  private RecipeLoader.Loaded load() throws IOException {
    if (!resume()) {
      return recipes().load(config == null ? home().resolve(REPRODUCE) : config, changes());
    }
    if (config != null) {
      throw new ConfigException(
          "--resume goes on with the recipe in a run directory; expected --run DIR and no CONFIG");
    }
    RecipeLoader.Loaded loaded = recipes().load(resumed(CHANGEABLE), changes());
    refuseAnother(written(), CHANGEABLE);
    return loaded;
  }
}
