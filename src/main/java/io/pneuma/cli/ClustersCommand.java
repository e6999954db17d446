package io.pneuma.cli;

import io.pneuma.audit.Clusters;
import io.pneuma.config.ConfigException;
import io.pneuma.images.FolderImages;
import io.pneuma.images.FolderImages.Found;
import io.pneuma.run.WholeFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.IntStream;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVPrinter;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Tells images apart by how they were taken, for hold-outs that imitate a new place. */
@Command(
    name = "clusters",
    description =
        "A table of images that are alike whatever their class, for hold-outs that imitate a new day.")
final class ClustersCommand extends PictureVerb {
  private static final String FEATURES = "features";
  private static final String TRAITS = "traits";
  private static final String CONTRADICTS = "contradicts";
  private static final long SEED = 1;

  /** More numbers would be taken for a measurement by data.attributes. */
  private static final int MOST = 6;

  /** Below which a class's scores say little. */
  private static final int FEW = 20;

  @Option(
      names = "--out",
      paramLabel = "FILE.csv",
      required = true,
      description = "The table, for data.attributes of a recipe.")
  private Path out;

  @Option(
      names = "--clusters",
      paramLabel = "K",
      defaultValue = "5",
      description = "How many, from 2 to " + MOST + "; default ${DEFAULT-VALUE}.")
  private int count;

  @Option(
      names = "--by",
      paramLabel = FEATURES + "|" + TRAITS,
      defaultValue = FEATURES,
      description =
          "What is alike: features of a backbone, or size, file, border, letters and grey values"
              + " alone; default ${DEFAULT-VALUE}.")
  private String by;

  @Option(
      names = "--with-test",
      description = "Also the images of test/, which are left out otherwise.")
  private boolean withTest;

  ClustersCommand(Terminal terminal) {
    super(terminal);
  }

  @Override
  public Integer call() throws IOException {
    if (count < 2 || count > MOST) {
      throw new ConfigException("--clusters " + count + ": expected a number from 2 to " + MOST);
    }
    if (!List.of(FEATURES, TRAITS).contains(by)) {
      throw new ConfigException("--by " + by + ": expected " + FEATURES + " or " + TRAITS);
    }
    if (!out.toString().endsWith(".csv")) {
      throw new ConfigException("--out " + out + ": expected a name that ends in .csv");
    }
    OutputFile.require("--out", out);
    FolderImages images = withTest ? images() : images().without("test");
    long patients = images.units().stream().distinct().count();
    if (patients < count) {
      throw new ConfigException(
          "--clusters %d: %s has %d patients to cluster".formatted(count, folder(), patients));
    }
    Clusters clusters =
        by.equals(TRAITS)
            ? Clusters.byTraits(images, count, SEED, this::show)
            : Clusters.byFeatures(images, features(), count, SEED, this::show);
    WholeFile.write(fromCaller(out), table(images.images(), clusters));
    terminal().result(TextTable.ofNumbers(rows(clusters)));
    terminal()
        .result(
            "From width on: how far a cluster's images are from their class's mean, in standard"
                + " deviations.");
    terminal().result(told(images, clusters));
    warn(clusters);
    terminal().result("table: " + fromCaller(out));
    terminal()
        .command(
            "next: "
                + command()
                + " train CONFIG --set data.attributes="
                + quoted(fromCaller(out))
                + " --set evaluation.folds=cluster");
    return 0;
  }

  private static String table(List<Found> images, Clusters clusters) throws IOException {
    int[] clusterOf = clusters.clusterOf();
    Optional<boolean[]> contradicting = clusters.contradicting();
    StringBuilder text = new StringBuilder();
    try (CSVPrinter csv = new CSVPrinter(text, CSVFormat.RFC4180)) {
      csv.print("file");
      csv.print("cluster");
      if (contradicting.isPresent()) {
        csv.print("shortcut");
      }
      csv.println();
      for (int i = 0; i < clusterOf.length; i++) {
        csv.print(images.get(i).path());
        csv.print(clusterOf[i]);
        if (contradicting.isPresent()) {
          csv.print(contradicting.get()[i] ? CONTRADICTS : "agrees");
        }
        csv.println();
      }
    }
    return text.toString();
  }

  /** What is said of the images whose traits speak for another class. */
  private String told(FolderImages images, Clusters clusters) {
    if (clusters.contradicting().isEmpty()) {
      return "Shortcuts were not examined: each class needs images of two patients at least.";
    }
    boolean[] contradicting = clusters.contradicting().get();
    List<String> counts = new ArrayList<>();
    for (int label = 0; label < images.labels().size(); label++) {
      int own = label;
      long count =
          IntStream.range(0, contradicting.length)
              .filter(i -> contradicting[i] && images.images().get(i).image().label() == own)
              .count();
      counts.add(count + " " + images.labels().get(label));
    }
    return "shortcut=%s: %s, the fifth of each class's patients whose size, file, border and letters speak most for another class; hold them out by --set \"data.validation={where: shortcut=%1$s}\""
        .formatted(CONTRADICTS, String.join(", ", counts));
  }

  private static List<List<String>> rows(Clusters clusters) {
    List<List<String>> rows = new ArrayList<>();
    List<String> header = new ArrayList<>(List.of("cluster"));
    header.addAll(clusters.labels());
    header.add("patients");
    header.addAll(clusters.differences(1).keySet());
    rows.add(header);
    for (int cluster = 1; cluster <= clusters.count(); cluster++) {
      List<String> row = new ArrayList<>(List.of("" + cluster));
      for (int label = 0; label < clusters.labels().size(); label++) {
        row.add("" + clusters.images(cluster, label));
      }
      row.add("" + clusters.patients(cluster));
      for (double difference : clusters.differences(cluster).values()) {
        row.add(String.format(Locale.ROOT, "%+.2f", difference));
      }
      rows.add(row);
    }
    return rows;
  }

  private void warn(Clusters clusters) {
    for (int cluster = 1; cluster <= clusters.count(); cluster++) {
      for (int label = 0; label < clusters.labels().size(); label++) {
        long images = clusters.images(cluster, label);
        if (images < FEW) {
          terminal()
              .warning(
                  "warning: cluster %d has %d images of %s, too few to measure by; try fewer --clusters"
                      .formatted(cluster, images, clusters.labels().get(label)));
        }
      }
    }
  }
}
