package io.pneuma.cli;

import io.pneuma.report.Reports;
import io.pneuma.run.RunDirectory;
import java.io.IOException;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Writes a trained run on one page. */
@Command(name = "report", description = "Writes a trained run on one page, report.html.")
final class ReportCommand extends Verb {
  @Option(names = "--run", paramLabel = "DIR", required = true, description = "The trained run.")
  private Path runFolder;

  ReportCommand(Terminal terminal) {
    super(terminal);
  }

  @Override
  public Integer call() throws IOException {
    RunDirectory run = TrainedRun.open(fromCaller(runFolder), terminal());
    terminal().result("report: " + Reports.write(run, recipeOf(run).seed()));
    return 0;
  }
}
