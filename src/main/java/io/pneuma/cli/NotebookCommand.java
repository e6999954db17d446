package io.pneuma.cli;

import io.pneuma.config.ConfigException;
import io.pneuma.notebooks.Scratch;
import io.pneuma.notebooks.WalkThrough;
import io.pneuma.phantoms.Phantoms;
import io.pneuma.run.RunDirectory;
import io.pneuma.training.Progress;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Executes walk-throughs and exports them. */
@Command(
    name = "notebook",
    description = {
      "Executes walk-throughs in Java on a run and exports each as NAME.ipynb and NAME.html.",
      "Without --run they get a run of their own: conf/quickstart.yaml for four epochs on phantoms, trained anew"
          + " into a temporary folder."
    })
final class NotebookCommand extends Verb {
  private static final String LIST = "list";
  private static final String QUICKSTART = "conf/quickstart.yaml";
  private static final String EXPORTED = "notebooks-exported";

  /** Half of the quickstart's epochs: as good on phantoms, in half the time. */
  private static final List<String> SHORTER =
      List.of("training.epochs=4", "training.decay.everyEpochs=2");

  @Parameters(
      arity = "0..*",
      paramLabel = "NAME",
      description = "One or several of data, fusion, table2, failures; list, or none, names them.")
  private List<String> names = new ArrayList<>();

  @Option(
      names = "--run",
      paramLabel = "DIR",
      description = "The trained run whose images and network they look at.")
  private Path runFolder;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "The folder to write to; default " + EXPORTED + ", with --run DIR/notebooks.")
  private Path out;

  NotebookCommand(Terminal terminal) {
    super(terminal);
  }

  @Override
  public Integer call() throws IOException {
    if (names.isEmpty() || names.equals(List.of(LIST))) {
      WalkThrough.NAMES.forEach(
          name -> terminal().result("%-10s%s".formatted(name, WalkThrough.named(name).title())));
      return 0;
    }
    for (String name : names) {
      if (!WalkThrough.NAMES.contains(name)) {
        throw new ConfigException(
            "notebook "
                + name
                + ": there is none of this name; expected "
                + String.join(", ", WalkThrough.NAMES));
      }
    }
    if (out != null && Files.exists(fromCaller(out)) && !Files.isDirectory(fromCaller(out))) {
      throw new ConfigException("--out " + out + ": is a file; expected a folder to write to");
    }
    if (!WalkThrough.canExecute()) {
      throw new ConfigException(
          "this Java lacks the module jdk.jshell, which executes the cells, as that of a package does;"
              + " in a checkout, install a whole JDK 17 (on Debian openjdk-17-jdk-headless) and set"
              + " JAVA_HOME to it");
    }
    startMachine();
    if (runFolder != null) {
      RunDirectory run = TrainedRun.alone(fromCaller(runFolder), terminal());
      recipeOf(run); // Refuses an edited one.
      export(run, out == null ? run.root().resolve("notebooks") : fromCaller(out));
      return 0;
    }
    try (Scratch scratch = new Scratch()) {
      export(quickstart(scratch.folder()), fromCaller(out == null ? Path.of(EXPORTED) : out));
    }
    return 0;
  }

  private void export(RunDirectory run, Path folder) {
    for (String name : names) {
      WalkThrough walk = WalkThrough.named(name);
      try (Progress.Task task = terminal().start(name, 0, walk.cells(), "cells")) {
        terminal().result("notebook: " + walk.export(run, folder, task::at));
      }
    }
  }

  /** Trains the run that the walk-throughs have where the caller gives none. */
  private RunDirectory quickstart(Path folder) throws IOException {
    Path images = folder.resolve("phantom");
    Phantoms.draw(images, recipes().load(home().resolve(QUICKSTART), List.of()).recipe().seed());
    terminal().line("training " + QUICKSTART + " for the walk-throughs, " + SHORTER.get(0));
    List<String> words =
        new ArrayList<>(List.of("train", home().resolve(QUICKSTART).toString(), "--run"));
    words.addAll(List.of(folder.resolve("run").toString(), "--no-ui", "--without-advice"));
    words.addAll(List.of("--set", "data.folder=" + images));
    SHORTER.forEach(change -> words.addAll(List.of("--set", change)));
    PrintStream nowhere =
        new PrintStream(PrintStream.nullOutputStream(), false, StandardCharsets.UTF_8);
    if (Cli.run(nowhere, terminal().err(), words.toArray(String[]::new)) != 0) {
      throw new IOException("the quickstart could not be trained; why stands above");
    }
    return RunDirectory.open(folder.resolve("run"));
  }
}
