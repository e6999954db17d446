package io.pneuma.cli;

import io.pneuma.config.ConfigException;
import io.pneuma.report.Reports;
import io.pneuma.run.Manifest;
import io.pneuma.run.RunDirectory;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.commons.io.FileUtils;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Says whether all that a report states follows from the predictions that it carries. */
@Command(
    name = "verify",
    description = "Says whether all that a report states follows from the predictions it carries.")
final class VerifyCommand extends Verb {
  private static final int MOST_SHOWN = 20;

  @Parameters(arity = "1", paramLabel = "REPORT.html", description = "The report.")
  private Path report;

  @Option(
      names = "--retrain",
      description =
          "Also trains the run again, in whose folder the report lies, and compares predictions and"
              + " metrics to the last digit.")
  private boolean retrain;

  VerifyCommand(Terminal terminal) {
    super(terminal);
  }

  @Override
  public Integer call() throws IOException {
    Path file = fromCaller(report);
    if (!Files.isRegularFile(file)) {
      throw new ConfigException(report + ": there is no such file; expected a report.html");
    }
    List<String> differences = new ArrayList<>(Reports.disagreements(file));
    if (differences.isEmpty()) {
      terminal().result("every number of the report follows from its predictions");
    }
    if (retrain) {
      differences.addAll(again(RunDirectory.open(file.getParent())));
    }
    differences.stream().limit(MOST_SHOWN).forEach(terminal()::result);
    if (differences.size() > MOST_SHOWN) {
      terminal().result("and " + (differences.size() - MOST_SHOWN) + " more");
    }
    return differences.isEmpty() ? 0 : SOME_FAILED;
  }

  /** What a second training of the run's recipe gives otherwise. */
  private List<String> again(RunDirectory run) throws IOException {
    TrainedRun.open(run.root(), terminal());
    if (!run.members().isEmpty() && Part.isAlone(recipeOf(run))) {
      throw new ConfigException(
          run.root()
              + ": is an ensemble of runs, which is not trained but made of them; verify their reports");
    }
    if (run.readJson(run.manifest(), Manifest.class).adapted() != null) {
      throw new ConfigException(
          run.root() + ": was adapted, which is not trained; verify the report of its parent");
    }
    Path temporary = Files.createTempDirectory("pneuma-verify-");
    FileUtils.forceDeleteOnExit(temporary.toFile()); // Should it be interrupted.
    try {
      Path second = temporary.resolve("run");
      PrintStream err = terminal().err();
      int code =
          Cli.run(
              new PrintStream(PrintStream.nullOutputStream(), false, StandardCharsets.UTF_8),
              err,
              "train",
              run.config().toString(),
              "--run",
              second.toString(),
              "--no-ui",
              "--set",
              "monitor.tensorboard=false",
              "--set",
              "monitor.mlflow=none",
              "--no-maps",
              "--without-advice");
      if (code != 0) {
        return List.of("the run could not be trained again; why stands above");
      }
      List<String> differences = new ArrayList<>();
      RunDirectory other = RunDirectory.open(second);
      for (Path file :
          List.of(
              run.predictions(), run.metrics(), run.splits(), run.decision(), run.shortcuts())) {
        String name = file.getFileName().toString();
        Path again = file.equals(run.splits()) ? other.splits() : other.root().resolve(name);
        boolean isThere = Files.exists(file); // Earlier versions did not measure shortcuts.
        if (isThere && !Files.readString(file).equals(Files.readString(again))) {
          differences.add(name + " comes out otherwise when the run is trained again");
        }
      }
      if (differences.isEmpty()) {
        terminal().result("trained again: predictions and metrics are the same to the last digit");
      }
      return differences;
    } finally {
      FileUtils.deleteDirectory(temporary.toFile());
    }
  }
}
