package io.pneuma.run;

import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;

/**
 * How often the test split of a run was looked at: {@code test-openings.csv}, a row each time. What
 * is chosen by a test split is no longer measured by it.
 */
public final class TestOpenings {
  private static final List<String> HEADER = List.of("time", "by");

  private TestOpenings() {}

  /**
   * Adds one to a run.
   *
   * @param verb who looks
   * @return how often it was looked at until now, this time included
   * @throws RunException when the run cannot be written to
   */
  public static int add(RunDirectory run, String verb) {
    List<List<String>> rows = read(run.testOpenings());
    rows.add(List.of(Instant.now().truncatedTo(ChronoUnit.SECONDS).toString(), verb));
    run.write(run.testOpenings(), Csv.write(rows));
    return rows.size() - 1;
  }

  private static List<List<String>> read(Path file) {
    List<List<String>> rows = new ArrayList<>();
    if (Files.exists(file)) {
      try (CSVParser parser =
          CSVParser.parse(new StringReader(Files.readString(file)), Csv.FORMAT)) {
        parser.stream().map(CSVRecord::toList).forEach(rows::add);
      } catch (IOException e) {
        throw new RunException(file + ": cannot be read: " + WholeFile.reason(e), e);
      }
    }
    if (rows.isEmpty()) {
      rows.add(HEADER);
    }
    return rows;
  }
}
