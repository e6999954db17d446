package io.pneuma.search;

import io.pneuma.config.SearchRecipes;
import io.pneuma.run.Csv;
import io.pneuma.run.RunDirectory;
import io.pneuma.training.Progress;
import java.io.OutputStream;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What a search leaves in its run directory, and what it says of it. */
public final class SearchResults {
  private SearchResults() {}

  /**
   * Writes leaderboard, importance, winner and picture.
   *
   * @return the leaderboard and the importance of each hyperparameter, as rows for a terminal
   */
  public static List<List<List<String>>> write(
      RunDirectory run, SearchRecipes recipes, Leaderboard leaderboard, Progress progress) {
    List<List<String>> importance = importance(leaderboard);
    run.write(run.leaderboard(), Csv.write(leaderboard.rows()));
    run.write(run.importance(), Csv.write(importance));
    leaderboard
        .winner()
        .ifPresent(values -> run.write(run.winner(), recipes.candidate(values).yaml()));
    if (leaderboard.candidates().stream().anyMatch(candidate -> !candidate.hasFailed())) {
      draw(run, leaderboard, progress);
    }
    return List.of(shortened(leaderboard.rows()), importance);
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
}
