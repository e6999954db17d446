package io.pneuma.cli;

import io.pneuma.audit.Audit;
import io.pneuma.audit.AuditPage;
import io.pneuma.audit.AuditText;
import io.pneuma.audit.Features;
import io.pneuma.audit.Findings;
import io.pneuma.audit.Stages;
import io.pneuma.config.ConfigException;
import io.pneuma.downloads.FileStore;
import io.pneuma.downloads.RemoteFile;
import io.pneuma.downloads.Sources;
import io.pneuma.images.Dataset;
import io.pneuma.images.FolderImages;
import io.pneuma.images.PatientRule;
import io.pneuma.run.Json;
import io.pneuma.run.WholeFile;
import io.pneuma.training.Progress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Looks for what no check of files can find: in the pictures themselves. */
@Command(
    name = "audit",
    description =
        "Near-duplicates, off-topic images, probable label errors, shortcuts; as a page with"
            + " pictures.")
final class AuditCommand extends Verb {
  @Parameters(paramLabel = "FOLDER", description = "train|val|test/CLASS/image or CLASS/image.")
  private Path folder;

  @Option(
      names = "--out",
      paramLabel = "REPORT.html",
      defaultValue = "audit.html",
      description = "The page; default ${DEFAULT-VALUE}.")
  private Path out;

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

  @Option(names = "--json", paramLabel = "FILE", description = "Also writes the findings there.")
  private Path json;

  AuditCommand(Terminal terminal) {
    super(terminal);
  }

  @Override
  public Integer call() throws IOException {
    PatientRule rule = groupBy.rule();
    OutputFile.require("--out", out);
    OutputFile.require("--json", json);
    if (weights != null && !Files.isRegularFile(fromCaller(weights))) {
      throw new ConfigException(
          "--weights "
              + weights
              + ": there is no such file; expected weights of "
              + Features.BACKBONE);
    }
    Path from = fromCaller(folder);
    long files = Dataset.count(from); // Refuses what is no folder before the backend is started.
    startMachine();
    Features features = features();
    Stages stages = this::show;
    FolderImages[] images = new FolderImages[1];
    show("checking images", files, "images", done -> images[0] = FolderImages.of(from, rule, done));
    images[0].unreadable().forEach(bad -> terminal().warning("left out: " + bad));
    if (images[0].withoutPatient() > 0) {
      terminal()
          .warning(
              "warning: the names of %d images tell no patient, so each counts as one of its own;"
                      .formatted(images[0].withoutPatient())
                  + " give --group-by a regular expression whose first group is the patient");
    }
    Findings found = Audit.of(images[0], features, stages);
    String page = AuditPage.of(String.valueOf(from.getFileName()), images[0], found, stages);
    WholeFile.write(fromCaller(out), page);
    if (json != null) {
      WholeFile.write(fromCaller(json), Json.write(found));
    }
    terminal().result(AuditText.of(found));
    terminal().result("page: " + fromCaller(out));
    return 0;
  }

  private void show(String name, long total, String unit, Stages.Work work) throws IOException {
    try (Progress.Task task = terminal().start(name, 0, total, unit)) {
      work.run(task::at);
    }
  }

  private Features features() throws IOException {
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
