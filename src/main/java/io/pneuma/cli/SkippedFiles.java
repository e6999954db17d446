package io.pneuma.cli;

import io.pneuma.images.Dataset;
import io.pneuma.run.Csv;
import io.pneuma.run.RunDirectory;
import java.util.ArrayList;
import java.util.List;

/** The trace that files left out of a run leave in it. */
final class SkippedFiles {
  private SkippedFiles() {}

  /** Writes a row for each; no file where none was left out. */
  static void write(RunDirectory run, Dataset data) {
    if (data.skipped().isEmpty()) {
      return;
    }
    List<List<String>> rows = new ArrayList<>(List.of(List.of("file", "reason")));
    data.skipped().forEach(bad -> rows.add(List.of(bad.file().toString(), bad.reason())));
    run.write(run.skipped(), Csv.write(rows));
  }
}
