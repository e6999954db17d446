package io.pneuma.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import me.tongfei.progressbar.ProgressBarRenderer;
import me.tongfei.progressbar.ProgressState;

/**
 * The text of a progress bar in as many columns as there are. What matters less is left out where
 * there is no room: first the bar itself, then the counts.
 */
final class BarText implements ProgressBarRenderer {
  private static final int LEAST_BAR = 8;
  private static final int MOST_BAR = 30;

  private final String unit;

  BarText(String unit) {
    this.unit = unit;
  }

  /**
   * How far a task has come.
   *
   * @param from steps that were done before it began
   * @param total 0 where it is not known
   * @param note parted by {@code ", "}, the more important first
   */
  record State(
      String name, long from, long done, long total, double seconds, String note, boolean ended) {}

  @Override
  public String render(ProgressState progress, int columns) {
    State state =
        new State(
            progress.getTaskName(),
            progress.getStart(),
            progress.getCurrent(),
            Math.max(0, progress.getMax()),
            progress.getElapsedAfterStart().toMillis() / 1e3,
            progress.getExtraMessage(),
            !progress.isAlive());
    String line = line(state, columns);
    return line + " ".repeat(Math.max(0, columns - line.length())); // Over what stood there.
  }

  String line(State state, int columns) {
    String head = state.name();
    double share = state.total() > 0 ? (double) state.done() / state.total() : 0;
    if (state.total() > 0) {
      head += String.format(Locale.ROOT, " %3d%%", (int) (100 * share));
    }
    double rate = state.seconds() > 0 ? (state.done() - state.from()) / state.seconds() : 0;
    String of = state.total() > 0 ? "/" + state.total() : "";
    String counts = state.done() + of + " " + unit;
    String speed = rate > 0 ? rate(rate) + " " + unit + "/s" : "";
    String time = "";
    if (state.ended()) {
      time = "in " + time(state.seconds());
    } else if (rate > 0 && state.total() > 0) {
      time = time((state.total() - state.done()) / rate) + " left";
    }

    List<String> byWeight = new ArrayList<>(List.of(time, speed));
    List<String> notes = List.of(state.note().strip().split(", "));
    byWeight.addAll(notes);
    byWeight.add(counts);
    int room = columns - head.length() - 1;
    List<String> kept = new ArrayList<>();
    for (String part : byWeight) {
      if (!part.isEmpty() && part.length() + 2 <= room) {
        kept.add(part);
        room -= part.length() + 2;
      }
    }
    List<String> shown = new ArrayList<>(List.of(counts, speed, time));
    shown.addAll(notes);
    shown.retainAll(kept);
    return head + bar(share, state.total() > 0 ? room - 1 : 0) + "  " + String.join(", ", shown);
  }

  private static String bar(double share, int room) {
    int cells = Math.min(MOST_BAR, room - 2);
    if (cells < LEAST_BAR) {
      return "";
    }
    int full = (int) (cells * Math.min(1, share));
    return " [" + "=".repeat(full) + " ".repeat(cells - full) + "]";
  }

  static String rate(double rate) {
    return String.format(Locale.ROOT, rate < 100 ? "%.1f" : "%.0f", rate);
  }

  /** As in {@code 52 s}, {@code 4:07} or {@code 1:04:07}. */
  static String time(double seconds) {
    long s = Math.round(seconds);
    if (s < 60) {
      return s + " s";
    }
    return s < 3600
        ? String.format(Locale.ROOT, "%d:%02d", s / 60, s % 60)
        : String.format(Locale.ROOT, "%d:%02d:%02d", s / 3600, s / 60 % 60, s % 60);
  }
}
