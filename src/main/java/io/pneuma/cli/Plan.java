package io.pneuma.cli;

import io.pneuma.config.Recipe;
import io.pneuma.images.Dataset;
import io.pneuma.images.LabelledImage;
import io.pneuma.phantoms.Phantoms;
import io.pneuma.platform.Memory;
import io.pneuma.run.Manifest;
import io.pneuma.training.Outlook;
import io.pneuma.training.Rehearsal;
import io.pneuma.training.RunBackbones;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.apache.commons.io.FileUtils;

/**
 * What a run would do, as {@code --dry-run} shows it. Nothing is fetched, written or trained; the
 * images are read, and a few of them are tried to tell the time.
 */
final class Plan implements AutoCloseable {
  private final RunVerb verb;
  private final Recipe recipe;
  private final List<String> absent;
  private final Verb.Machine machine;
  private final RunBackbones backbones;
  private final Dataset data;
  private final Optional<Path> temporary;
  private final double checking;
  private final List<List<String>> rows = new ArrayList<>();

  private Plan(RunVerb verb, Recipe wanted, Optional<Path> temporary) throws IOException {
    this.verb = verb;
    this.temporary = temporary;
    this.absent = new ArrayList<>();
    this.recipe = weights(verb).withoutFetching(wanted, absent);
    this.machine = verb.startMachine();
    this.backbones = RunBackbones.load(recipe);
    Recipe read = wanted.at(recipe.data().folder());
    if (temporary.isPresent()) {
      read = wanted.at(temporary.get().resolve("phantom"));
      Phantoms.draw(read.data().folder(), wanted.seed());
    }
    long started = System.nanoTime();
    this.data = verb.read(read);
    this.checking = (System.nanoTime() - started) / 1e9;
  }

  /**
   * Reads all that a plan is made of. Phantoms that are yet to be drawn are drawn into a temporary
   * folder, which is gone when the plan is closed.
   *
   * @throws IOException as the run itself would
   */
  static Plan of(RunVerb verb, Recipe recipe) throws IOException {
    if (!recipe.data().generatePhantom() || Files.exists(recipe.data().folder())) {
      return new Plan(verb, recipe, Optional.empty());
    }
    Path temporary = Files.createTempDirectory("pneuma-plan-");
    try {
      Plan plan = new Plan(verb, recipe, Optional.of(temporary));
      FileUtils.forceDeleteOnExit(temporary.toFile()); // Should it be interrupted.
      plan.rows.add(List.of("images", recipe.data().folder() + " would be drawn"));
      return plan;
    } catch (IOException | RuntimeException e) {
      FileUtils.deleteDirectory(temporary.toFile());
      throw e;
    }
  }

  private static WeightsFinder weights(RunVerb verb) {
    return new WeightsFinder(verb.terminal(), Verb.home(), Verb.cache());
  }

  Rehearsal rehearsal() throws IOException {
    return new Rehearsal(recipe, backbones, data);
  }

  /** One by another recipe, on the same images. */
  Rehearsal rehearsal(Recipe other) throws IOException {
    Recipe local = local(other);
    return new Rehearsal(local, RunBackbones.load(local), data);
  }

  /** Another recipe with such weights as are here. */
  Recipe local(Recipe other) throws IOException {
    return weights(verb).withoutFetching(other, new ArrayList<>());
  }

  Dataset data() {
    return data;
  }

  Manifest manifest(String yaml) throws IOException {
    return verb.manifest(recipe, yaml, machine, backbones, data);
  }

  Memory memory() {
    return machine.memory();
  }

  /** Shows need and limits, and refuses what would be refused. */
  void showMemory(long needed) {
    String limit = Memory.gib(machine.memory().nativeLimit());
    rows.add(
        List.of(
            "memory", "about " + Memory.gib(needed) + " of native memory; the limit is " + limit));
    rows.add(List.of("", "the limit of the heap is " + Memory.gib(machine.memory().heap())));
    machine.memory().require(needed);
  }

  void showViews(int missing, int all, long bytes) {
    if (all > 0) {
      String there = (all - missing) + " of " + all + " are in the feature bank";
      rows.add(List.of("views", there + "; " + missing + " to compute"));
      rows.add(List.of("", String.format(Locale.ROOT, "%.1f MB to store", bytes / 1e6)));
    }
    if (all > 0 && !absent.isEmpty()) {
      rows.add(List.of("", "features of weights that are not here count as missing"));
    }
  }

  double training(Outlook outlook, int epochs) {
    return outlook.training(epochs, data.train().size(), data.validation().size());
  }

  /** Shows how long each part takes, in seconds. */
  void showTime(int missing, double featurising, double training, String how) {
    String all = BarText.time(checking + featurising + training);
    rows.add(List.of("time", "about " + all + ", from rates measured on this machine just now"));
    rows.add(List.of("", BarText.time(checking) + " checking images"));
    if (featurising > 0) {
      rows.add(
          List.of(
              "",
              BarText.time(featurising)
                  + " featurising, "
                  + BarText.rate(missing / featurising)
                  + " views a second"));
    }
    rows.add(List.of("", BarText.time(training) + " " + how));
  }

  void print(Path folder) {
    rows.add(List.of("run directory", folder.toString()));
    Terminal terminal = verb.terminal();
    terminal.result("plan (nothing is done):");
    terminal.result(System.lineSeparator() + TextTable.ofNumbers(images()));
    terminal.result(System.lineSeparator() + TextTable.of(backbones.table()));
    backbones.imports().forEach(terminal::result);
    absent.forEach(terminal::result);
    terminal.result(System.lineSeparator() + TextTable.of(rows));
  }

  private List<List<String>> images() {
    List<List<String>> table = new ArrayList<>();
    table.add(List.of("images", "training", "validation", "test"));
    for (int label = 0; label < data.labels().size(); label++) {
      int wanted = label;
      table.add(
          counts(
              data.labels().get(label),
              count(data.train(), wanted),
              count(data.validation(), wanted),
              count(data.test(), wanted)));
    }
    table.add(counts("all", data.train().size(), data.validation().size(), data.test().size()));
    return table;
  }

  private static List<String> counts(String name, long training, long validation, long test) {
    return List.of(name, "" + training, "" + validation, "" + test);
  }

  private static long count(List<LabelledImage> images, int label) {
    return images.stream().filter(image -> image.label() == label).count();
  }

  @Override
  public void close() throws IOException {
    if (temporary.isPresent()) {
      FileUtils.deleteDirectory(temporary.get().toFile());
    }
  }
}
