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
  private static final int SCORE = 2;
  private static final int FIRST_KEY = 3;

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

  /**
   * What fits a terminal: scores to four digits, keys by the last words that tell them apart. How
   * long each took and why one failed is in the file.
   */
  private static List<List<String>> shortened(List<List<String>> rows) {
    List<String> header = rows.get(0);
    int status = header.indexOf(Leaderboard.STATUS);
    List<String> keys = header.subList(FIRST_KEY, status);
    List<String> names = new ArrayList<>(header.subList(0, FIRST_KEY));
    keys.forEach(key -> names.add(lastWords(key, keys)));
    names.add(Leaderboard.STATUS);
    List<List<String>> shortened = new ArrayList<>(List.of(names));
    for (List<String> row : rows.subList(1, rows.size())) {
      List<String> cells = new ArrayList<>(row.subList(0, status + 1));
      String score = row.get(SCORE);
      cells.set(
          SCORE,
          score.isEmpty() ? "" : String.format(Locale.ROOT, "%.4f", Double.parseDouble(score)));
      shortened.add(cells);
    }
    return shortened;
  }

  private static String lastWords(String key, List<String> keys) {
    String words = key.substring(key.lastIndexOf('.') + 1);
    while (!words.equals(key) && isEndOfAnother(words, key, keys)) {
      words = key.substring(key.lastIndexOf('.', key.length() - words.length() - 2) + 1);
    }
    return words;
  }

  private static boolean isEndOfAnother(String words, String key, List<String> keys) {
    return keys.stream()
        .anyMatch(other -> !other.equals(key) && ("." + other).endsWith("." + words));
  }
}
