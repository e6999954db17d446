package io.pneuma.search;

import io.pneuma.config.SearchRecipes;
import io.pneuma.run.RunDirectory;
import io.pneuma.training.Progress;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVPrinter;

/** What a search leaves in its run directory, and what it says of it. */
public final class SearchResults {
  private static final CSVFormat CSV = CSVFormat.RFC4180.builder().setRecordSeparator('\n').get();

  private SearchResults() {}

  /**
   * Writes leaderboard, importance, winner and picture.
   *
   * @return the leaderboard and the importance of each hyperparameter as text
   */
  public static String write(
      RunDirectory run, SearchRecipes recipes, Leaderboard leaderboard, Progress progress) {
    List<List<String>> importance = importance(leaderboard);
    run.write(run.leaderboard(), csv(leaderboard.rows()));
    run.write(run.importance(), csv(importance));
    leaderboard
        .winner()
        .ifPresent(values -> run.write(run.winner(), recipes.candidate(values).yaml()));
    if (leaderboard.candidates().stream().anyMatch(candidate -> !candidate.hasFailed())) {
      draw(run, leaderboard, progress);
    }
    return table(shortened(leaderboard.rows())) + System.lineSeparator() + table(importance);
  }

  private static List<List<String>> importance(Leaderboard leaderboard) {
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("hyperparameter", "importance", "trend", "candidates"));
    for (Importance one : Importance.of(leaderboard)) {
      rows.add(List.of(one.key(), number(one.share()), number(one.trend()), "" + one.n()));
    }
    return rows;
  }

  private static String number(double number) {
    return Double.isNaN(number) ? "" : String.format(Locale.ROOT, "%.3f", number);
  }

  private static void draw(RunDirectory run, Leaderboard leaderboard, Progress progress) {
    try {
      run.writeWith(
          run.sweep(),
          temporary -> {
            try (OutputStream png = Files.newOutputStream(temporary)) {
              new SweepPicture(leaderboard).write(png);
            }
          });
    } catch (RuntimeException | InternalError | LinkageError e) {
      // Java's font support fails in many ways on a machine without fonts, and nothing else is
      // lost.
      progress.line(run.sweep() + ": cannot be drawn: " + e);
    }
  }

  private static String csv(List<List<String>> rows) {
    StringBuilder text = new StringBuilder();
    try (CSVPrinter printer = new CSVPrinter(text, CSV)) {
      for (List<String> row : rows) {
        printer.printRecord(row);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e); // A StringBuilder does not fail.
    }
    return text.toString();
  }

  /** Scores to four digits and reasons to one line, for a terminal. */
  private static List<List<String>> shortened(List<List<String>> rows) {
    List<List<String>> shortened = new ArrayList<>(List.of(rows.get(0)));
    for (List<String> row : rows.subList(1, rows.size())) {
      List<String> cells = new ArrayList<>(row);
      cells.set(
          2,
          row.get(2).isEmpty()
              ? ""
              : String.format(Locale.ROOT, "%.4f", Double.parseDouble(row.get(2))));
      cells.set(row.size() - 1, row.get(row.size() - 1).lines().findFirst().orElse(""));
      shortened.add(cells);
    }
    return shortened;
  }

  private static String table(List<List<String>> rows) {
    int columns = rows.get(0).size();
    int[] widths =
        IntStream.range(0, columns)
            .map(c -> rows.stream().mapToInt(row -> row.get(c).length()).max().orElse(0))
            .toArray();
    StringBuilder text = new StringBuilder();
    for (List<String> row : rows) {
      StringBuilder line = new StringBuilder();
      for (int c = 0; c < columns; c++) {
        line.append(row.get(c)).append(" ".repeat(widths[c] - row.get(c).length() + 2));
      }
      text.append(line.toString().stripTrailing()).append(System.lineSeparator());
    }
    return text.toString();
  }
}
