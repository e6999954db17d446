package io.pneuma.cli;

import io.pneuma.config.ConfigException;
import io.pneuma.config.Recipe;
import io.pneuma.ensemble.Ensemble;
import io.pneuma.evaluation.Measurement;
import io.pneuma.run.Manifest;
import io.pneuma.run.Manifest.Status;
import io.pneuma.run.Manifest.Versions;
import io.pneuma.run.RunDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.commons.io.FileUtils;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Makes one model of several trained runs. */
@Command(
    name = "ensemble",
    description = "Makes one model of several runs: the mean of their probabilities.")
final class EnsembleCommand extends Verb {
  @Parameters(arity = "2..*", paramLabel = "DIR", description = "The trained runs.")
  private List<Path> folders;

  @Option(
      names = "--run",
      paramLabel = "DIR",
      description = "The ensemble's run directory; default runs/ensemble-TIME.")
  private Path runFolder;

  @Mixin private MapsOption maps;

  EnsembleCommand(Terminal terminal) {
    super(terminal);
  }

  @Override
  public Integer call() throws IOException {
    List<RunDirectory> members = new ArrayList<>();
    for (Path folder : folders) {
      RunDirectory member = TrainedRun.open(fromCaller(folder), terminal());
      recipeOf(member); // Refuses an edited one.
      if (!member.members().isEmpty()) {
        throw new ConfigException(
            folder + ": is an ensemble; give the runs below its members folder instead");
      }
      if (member.readJson(member.manifest(), Manifest.class).adapted() != null) {
        throw new ConfigException(
            folder
                + ": was adapted to a new place, while an ensemble chooses how it decides on images of"
                + " the former; give runs that were trained");
      }
      if (members.stream().anyMatch(other -> other.root().equals(member.root()))) {
        throw new ConfigException(folder + ": is named twice");
      }
      members.add(member);
    }
    Path folder = runFolder == null ? newRun("ensemble") : fromCaller(runFolder);
    if (Files.exists(folder)) {
      RunDirectory.create(folder); // Says what is there already.
      Files.delete(folder);
    }
    Files.createDirectories(folder.getParent());
    Path partial = folder.resolveSibling("." + folder.getFileName() + ".partial");
    FileUtils.deleteDirectory(partial.toFile());
    Thread cleaner = new Thread(() -> FileUtils.deleteQuietly(partial.toFile()));
    Runtime.getRuntime().addShutdownHook(cleaner); // If interrupted.
    Files.createDirectory(partial);
    Map<String, Measurement> metrics;
    try {
      metrics = write(RunDirectory.create(partial), members);
      Files.move(partial, folder);
    } finally {
      FileUtils.deleteDirectory(partial.toFile());
    }
    RunDirectory run = RunDirectory.open(folder);
    if (maps.isWanted()) {
      startMachine();
    }
    writeReport(run, recipeOf(run).seed(), maps);
    showMetrics(run, metrics);
    return 0;
  }

  private static Map<String, Measurement> write(RunDirectory run, List<RunDirectory> members)
      throws IOException {
    for (RunDirectory member : members) {
      String name = member.root().getFileName().toString();
      Path into = run.membersFolder().resolve(name);
      for (int nth = 2; Files.exists(into); nth++) {
        into = run.membersFolder().resolve(name + "-" + nth);
      }
      Files.createDirectories(into);
      for (Path file :
          List.of(
              member.manifest(),
              member.labels(),
              member.model(),
              member.decision(),
              member.metrics(),
              member.predictions(),
              member.splits(),
              member.shortcuts(),
              member.config())) {
        if (Files.exists(file) || !file.equals(member.shortcuts())) { // Not of earlier versions.
          Files.copy(file, into.resolve(file.getFileName()));
        }
      }
    }
    RunDirectory first = members.get(0);
    Recipe recipe = recipeOf(first);
    Map<String, Measurement> metrics = Ensemble.write(run, recipe.evaluation(), recipe.seed());
    String yaml = Files.readString(first.config());
    run.writeJson(run.manifest(), manifest(members, yaml));
    run.write(run.config(), yaml);
    return metrics;
  }

  private static Manifest manifest(List<RunDirectory> members, String yaml) {
    List<Manifest> of =
        members.stream().map(run -> run.readJson(run.manifest(), Manifest.class)).toList();
    Map<String, String> weights = new TreeMap<>();
    of.forEach(each -> weights.putAll(each.weights()));
    TreeSet<String> warnings = new TreeSet<>();
    of.forEach(each -> warnings.addAll(each.warnings()));
    boolean sameSplits = of.stream().map(Manifest::dataSha256).distinct().count() == 1;
    Instant now = Instant.now();
    return new Manifest(
            Versions.here(Version.PNEUMA, Version.DEEPLEARNING4J),
            of.get(0).backend(),
            of.get(0).seed(),
            yaml,
            sameSplits ? of.get(0).dataSha256() : "members of several splits",
            weights,
            Manifest.projectCommit(home()),
            now,
            null,
            List.copyOf(warnings),
            Status.RUNNING,
            null)
        .ended(Status.DONE, now);
  }
}
