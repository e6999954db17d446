package io.pneuma.cli;

import io.pneuma.audit.Features;
import io.pneuma.audit.Stages;
import io.pneuma.config.ConfigException;
import io.pneuma.downloads.FileStore;
import io.pneuma.downloads.RemoteFile;
import io.pneuma.downloads.Sources;
import io.pneuma.images.Dataset;
import io.pneuma.images.FolderImages;
import io.pneuma.images.Inspector;
import io.pneuma.images.PatientRule;
import io.pneuma.training.Progress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** What the verbs share that look into the pictures of a folder. */
abstract class PictureVerb extends Verb {
  @Parameters(
      paramLabel = "FOLDER",
      description =
          "train|val|test/CLASS/image or CLASS/image; or a table of images (.csv), a .zip, an .npz.")
  private Path folder;

  @Option(
      names = "--weights",
      paramLabel = "FILE",
      description =
          "Weights of "
              + Features.BACKBONE
              + "; default those of ImageNet in the cache, and where there are none features that"
              + " need none.")
  private Path weights;

  @Mixin private GroupByOption groupBy;

  @Mixin private DicomOptions dicom;

  PictureVerb(Terminal terminal) {
    super(terminal);
  }

  final Path folder() {
    return imagesFromCaller(folder);
  }

  /**
   * Reads every image, then starts the backend; what is wrong with the options is refused before.
   */
  final FolderImages images() throws IOException {
    return images(Inspector.HERE);
  }

  /** The same, read by others. */
  final FolderImages images(Inspector inspector) throws IOException {
    PatientRule rule = groupBy.rule();
    if (weights != null && !Files.isRegularFile(fromCaller(weights))) {
      throw new ConfigException(
          "--weights "
              + weights
              + ": there is no such file; expected weights of "
              + Features.BACKBONE);
    }
    Path place = archives().located(folder());
    long files = Dataset.count(place); // Refuses what is no folder before the backend is started.
    startMachine();
    FolderImages[] read = new FolderImages[1];
    show(
        "checking images",
        files,
        "images",
        done -> read[0] = FolderImages.of(place, rule, dicom.rule(), inspector, done));
    FolderImages images = read[0];
    images.unreadable().forEach(bad -> terminal().warning("left out: " + bad));
    if (images.withoutPatient() > 0) {
      terminal()
          .warning(
              "warning: the names of %d images tell no patient, so each counts as one of its own;"
                      .formatted(images.withoutPatient())
                  + " give --group-by a regular expression whose first group is the patient");
    }
    return images;
  }

  final void show(String name, long total, String unit, Stages.Work work) throws IOException {
    try (Progress.Task task = terminal().start(name, 0, total, unit)) {
      work.run(task::at);
    }
  }

  /** Those of the weights at hand, or such as need none. */
  final Features features() throws IOException {
    Path bank = cache().resolve("features");
    if (weights != null) {
      return Features.of(fromCaller(weights), bank);
    }
    FileStore store = FileStore.weights(cache());
    RemoteFile known = Sources.weights(Features.BACKBONE, "imagenet").orElseThrow().file();
    if (store.isThere(known)) {
      return Features.of(store.verified(known), bank);
    }
    terminal()
        .warning(
            "warning: there are no weights of %s in the cache, so label errors and off-topic images"
                    .formatted(Features.BACKBONE)
                + " are told by outlines alone, which is less sure; "
                + known.fetchedBy()
                + " gets them, or give --weights FILE");
    return Features.withoutWeights();
  }
}
