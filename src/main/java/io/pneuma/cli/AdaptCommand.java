package io.pneuma.cli;

import io.pneuma.adaptation.Adaptation;
import io.pneuma.config.ConfigException;
import io.pneuma.config.Recipe;
import io.pneuma.images.Dataset;
import io.pneuma.images.LabelledImage;
import io.pneuma.run.Adapted;
import io.pneuma.run.Manifest;
import io.pneuma.run.Manifest.Status;
import io.pneuma.run.Manifest.Versions;
import io.pneuma.run.RunDirectory;
import io.pneuma.run.Splits;
import io.pneuma.run.TestOpenings;
import io.pneuma.training.Progress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.apache.commons.io.FileUtils;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Makes of a trained run one for another place, by images of it without their classes. */
@Command(
    name = "adapt",
    description =
        "Fits a trained run to a new place by unlabelled images of it: the balance of the classes,"
            + " and the statistics of batch normalisations.")
final class AdaptCommand extends Verb {
  @Option(names = "--run", paramLabel = "DIR", required = true, description = "The trained run.")
  private Path runFolder;

  @Option(
      names = "--data",
      paramLabel = "FOLDER",
      required = true,
      description =
          "Images of the new place, as they come there; all below the folder, whose names tell no"
              + " class; or a table of images (.csv), a .zip, an .npz.")
  private Path imageFolder;

  @Option(
      names = "--to",
      paramLabel = "DIR",
      required = true,
      description = "The run directory to make.")
  private Path newFolder;

  @Mixin private MapsOption maps;

  @Mixin private DicomOptions dicom;

  AdaptCommand(Terminal terminal) {
    super(terminal);
  }

  @Override
  public Integer call() throws IOException {
    RunDirectory parent = TrainedRun.alone(fromCaller(runFolder), terminal());
    Recipe recipe = dicom.with(recipeOf(parent));
    Path folder = fromCaller(newFolder);
    Path from = imagesFromCaller(imageFolder);
    if (folder.startsWith(from)) {
      throw new ConfigException(
          newFolder + ": would lie among the images of " + imageFolder + "; choose another --to");
    }
    if (Files.exists(folder)) {
      RunDirectory.create(folder); // Says what is there already.
      Files.delete(folder);
    }
    Machine machine = startMachine();
    List<LabelledImage> images = images(parent, recipe, archives().located(from));
    Files.createDirectories(folder.getParent());
    Path partial = folder.resolveSibling("." + folder.getFileName() + ".partial");
    FileUtils.deleteDirectory(partial.toFile());
    Thread cleaner = new Thread(() -> FileUtils.deleteQuietly(partial.toFile()));
    Runtime.getRuntime().addShutdownHook(cleaner); // If interrupted.
    Instant started = Instant.now();
    try {
      RunDirectory run = RunDirectory.create(partial);
      Adapted adapted = new Adaptation(parent, recipe, terminal()).write(run, images);
      if (Files.exists(run.metrics()) && Files.exists(parent.testOpenings())) {
        TestOpenings.add(run, "adapt");
      }
      run.writeJson(run.manifest(), manifest(parent, machine, adapted, started));
      Files.move(partial, folder);
    } finally {
      FileUtils.deleteDirectory(partial.toFile());
    }
    RunDirectory run = RunDirectory.open(folder);
    if (Files.exists(run.metrics())) {
      writeReport(run, recipe.seed(), maps);
    }
    terminal().result("run directory: " + run.root());
    return 0;
  }

  private List<LabelledImage> images(RunDirectory parent, Recipe recipe, Path from)
      throws IOException {
    int files = Dataset.countUnlabelled(from);
    List<LabelledImage> images;
    try (Progress.Task task = terminal().start("checking images", 0, files, "images")) {
      images =
          Dataset.unlabelled(
              from, recipe.data(), task::at, bad -> terminal().warning("skipped: " + bad));
    }
    terminal()
        .line(
            images.size()
                + " images are seen without their classes; what their folders are called is not looked"
                + " at");
    Set<String> trainedOn = Splits.trainedOn(parent);
    long seen = images.stream().filter(image -> trainedOn.contains(image.sha256())).count();
    if (seen > 0) {
      terminal()
          .warning(
              "warning: %d of them were trained on, of which the network is surer than of new ones"
                  .formatted(seen));
    }
    return images;
  }

  private static Manifest manifest(
      RunDirectory parent, Machine machine, Adapted adapted, Instant started) {
    Manifest of = parent.readJson(parent.manifest(), Manifest.class);
    return new Manifest(
        Versions.here(Version.PNEUMA, Version.DEEPLEARNING4J),
        machine.backend().asMap(),
        of.seed(),
        of.recipe(),
        of.dataSha256(),
        of.weights(),
        Manifest.projectCommit(home()),
        started,
        Instant.now(),
        of.warnings(),
        Status.DONE,
        adapted);
  }
}
