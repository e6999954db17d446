package io.pneuma.cli;

import io.pneuma.config.Recipe;
import io.pneuma.images.Dataset;
import io.pneuma.images.FolderCheck;
import io.pneuma.images.PatientRule;
import io.pneuma.images.Phantoms;
import io.pneuma.training.Progress;
import java.io.IOException;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Makes and checks folders of images. */
@Command(
    name = "data",
    description = "Makes and checks folders of images.",
    synopsisSubcommandLabel = "(phantom DIR | check FOLDER)",
    subcommands = {DataCommand.Phantom.class, DataCommand.Check.class},
    mixinStandardHelpOptions = true)
final class DataCommand {

  /** Draws phantom radiographs. */
  @Command(name = "phantom", description = "Draws seeded phantom radiographs into a new folder.")
  static final class Phantom extends Verb {
    @Parameters(paramLabel = "DIR", description = "The folder to make.")
    private Path folder;

    @Option(names = "--seed", defaultValue = "1", description = "Default ${DEFAULT-VALUE}.")
    private long seed;

    Phantom(Terminal terminal) {
      super(terminal);
    }

    @Override
    public Integer call() throws IOException {
      Phantoms.draw(fromCaller(folder), seed);
      terminal().out().println(Dataset.count(fromCaller(folder)) + " images in " + folder);
      return 0;
    }
  }

  /** Tells what is in a folder, and what is wrong with it. */
  @Command(
      name = "check",
      description = "Counts, sizes, duplicates, patients in two splits, unreadable files.")
  static final class Check extends Verb {
    @Parameters(paramLabel = "FOLDER", description = "train|val|test/CLASS/image or CLASS/image.")
    private Path folder;

    @Option(
        names = "--group-by",
        defaultValue = Recipe.PATIENT,
        description = "As data.validation.groupBy of a recipe; default ${DEFAULT-VALUE}.")
    private String groupBy;

    Check(Terminal terminal) {
      super(terminal);
    }

    @Override
    public Integer call() throws IOException {
      Path from = fromCaller(folder);
      FolderCheck check;
      try (Progress.Task task =
          terminal().start("checking images", 0, Dataset.count(from), "images")) {
        check = FolderCheck.of(from, PatientRule.of(groupBy), task::at);
      }
      terminal().out().print(check.report());
      return check.clean() ? 0 : SOME_FAILED;
    }
  }
}
