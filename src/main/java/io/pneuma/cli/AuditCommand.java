package io.pneuma.cli;

import io.pneuma.audit.Audit;
import io.pneuma.audit.AuditPage;
import io.pneuma.audit.AuditText;
import io.pneuma.audit.Findings;
import io.pneuma.audit.Stages;
import io.pneuma.cluster.Cluster;
import io.pneuma.images.FolderImages;
import io.pneuma.run.Json;
import io.pneuma.run.WholeFile;
import java.io.IOException;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Looks for what no check of files can find: in the pictures themselves. */
@Command(
    name = "audit",
    description =
        "Near-duplicates, off-topic images, probable label errors, shortcuts; as a page with"
            + " pictures.")
final class AuditCommand extends PictureVerb {
  @Option(
      names = "--out",
      paramLabel = "REPORT.html",
      defaultValue = "audit.html",
      description = "The page; default ${DEFAULT-VALUE}.")
  private Path out;

  @Option(names = "--json", paramLabel = "FILE", description = "Also writes the findings there.")
  private Path json;

  @Mixin private SparkOption spark;

  AuditCommand(Terminal terminal) {
    super(terminal);
  }

  @Override
  public Integer call() throws IOException {
    OutputFile.require("--out", out);
    OutputFile.require("--json", json);
    FolderImages images;
    Stages stages = this::show;
    Findings found;
    try (Cluster cluster = spark.open("audit", terminal())) {
      images = images(cluster.inspector());
      found = Audit.of(images, features(), stages, cluster.audit());
    }
    String page = AuditPage.of(String.valueOf(folder().getFileName()), images, found, stages);
    WholeFile.write(fromCaller(out), page);
    if (json != null) {
      WholeFile.write(fromCaller(json), Json.write(found));
    }
    terminal().result(AuditText.of(found));
    terminal().result("page: " + fromCaller(out));
    return 0;
  }
}
