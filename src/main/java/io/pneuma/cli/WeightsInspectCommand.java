package io.pneuma.cli;

import io.pneuma.backbone.WeightsReport;
import io.pneuma.backbone.WeightsReport.Entry;
import io.pneuma.backbone.WeightsReport.Fit;
import io.pneuma.weights.WeightsException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Tells what is in a file of weights. */
@Command(
    name = "inspect",
    description = "Tells what a file of weights holds, and which backbones can take it.")
final class WeightsInspectCommand extends Verb {
  @Parameters(paramLabel = "FILE", description = "The file.")
  private Path file;

  WeightsInspectCommand(Terminal terminal) {
    super(terminal);
  }

  @Override
  public Integer call() throws WeightsException {
    WeightsReport report = WeightsReport.of(fromCaller(file));
    PrintStream out = terminal().out();
    out.println("format: " + report.format());
    out.println("keys: " + report.keyStyle());
    out.println("fits: " + (report.fits().isEmpty() ? "no backbone of the registry" : ""));
    for (Fit fit : report.fits()) {
      String unused =
          fit.unused().isEmpty() ? "" : "; not used: " + String.join(", ", fit.unused());
      out.println("  " + fit + unused);
    }
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("tensor", "type", "shape", ""));
    for (Entry tensor : report.tensors()) {
      rows.add(
          List.of(
              tensor.key(),
              tensor.type(),
              tensor.shape(),
              tensor.finite() ? "" : "NaN or infinite"));
    }
    out.println(report.tensors().size() + " tensors:");
    out.print(TextTable.of(rows));
    return 0;
  }
}
