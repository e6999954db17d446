package io.pneuma.cli;

import io.pneuma.archives.ArchiveUnpacker;
import io.pneuma.archives.NewFolder;
import io.pneuma.downloads.DatasetSource;
import io.pneuma.downloads.FileStore;
import io.pneuma.downloads.Sources;
import io.pneuma.images.Dataset;
import io.pneuma.images.FolderCheck;
import io.pneuma.images.PatientRule;
import io.pneuma.phantoms.Phantoms;
import io.pneuma.training.Progress;
import java.io.IOException;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Makes, fetches, checks, audits and shows folders of images. */
@Command(
    name = "data",
    description = "Makes, fetches, checks, audits and shows folders of images.",
    synopsisSubcommandLabel =
        "(phantom DIR | check FOLDER | audit FOLDER | clusters FOLDER | preview CONFIG FILE.png | fetch NAME)",
    subcommands = {
      DataCommand.Phantom.class,
      DataCommand.Check.class,
      AuditCommand.class,
      ClustersCommand.class,
      PreviewCommand.class,
      DataCommand.Fetch.class
    },
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
    @Parameters(
        paramLabel = "FOLDER",
        description =
            "train|val|test/CLASS/image or CLASS/image; or a table of images (.csv), a .zip, an .npz.")
    private Path folder;

    @Mixin private GroupByOption groupBy;

    @Mixin private DicomOptions dicom;

    @Option(names = "--all", description = "Lists every item of a finding, not the first ten.")
    private boolean all;

    Check(Terminal terminal) {
      super(terminal);
    }

    @Override
    public Integer call() throws IOException {
      PatientRule rule = groupBy.rule();
      Path from = archives().located(imagesFromCaller(folder));
      FolderCheck check;
      try (Progress.Task task =
          terminal().start("checking images", 0, Dataset.count(from), "images")) {
        check = FolderCheck.of(from, rule, dicom.rule(), task::at);
      }
      terminal().out().print(check.report(all));
      return check.clean() ? 0 : SOME_FAILED;
    }
  }

  /** Fetches a published set into the project's data folder. */
  @Command(name = "fetch", description = "Fetches a published set into data/NAME.")
  static final class Fetch extends Verb {
    @Parameters(paramLabel = "NAME", description = "kermany: chest X-rays, 1.2 GB.")
    private String name;

    Fetch(Terminal terminal) {
      super(terminal);
    }

    @Override
    public Integer call() throws IOException {
      DatasetSource source = Sources.dataset(name);
      Path folder = home().resolve("data").resolve(name);
      NewFolder.requireFree(folder);
      Path archive;
      try (FetchProgress progress = new FetchProgress(terminal(), name)) {
        archive = new FileStore(cache().resolve("datasets")).fetch(source.file(), progress);
      }
      try (ArchiveUnpacker unpacker =
              ArchiveUnpacker.open(archive, source.topFolder(), source::place);
          Progress.Task task =
              terminal().start("unpacking " + name, 0, unpacker.fileCount(), "files")) {
        unpacker.into(folder, task::at);
      }
      terminal()
          .out()
          .println(
              folder
                  + ": "
                  + Dataset.count(folder)
                  + " images, "
                  + source.licence()
                  + "; see what is in it with ./run.sh data check data/"
                  + name);
      return 0;
    }
  }
}
