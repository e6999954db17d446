package io.pneuma.cli;

import io.pneuma.training.Progress;
import java.util.Locale;

/** A task on a terminal without bars: a line every few seconds, and one at the end. */
final class PlainTask implements Progress.Task {
  private static final long NANOS = 1_000_000_000L;
  private static final long SECONDS_BETWEEN_LINES = 10;

  private final Terminal terminal;
  private final String name;
  private final long from;
  private final long total;
  private final String unit;
  private final long started = System.nanoTime();
  private long shown = started;
  private String note = "";
  private long done;

  PlainTask(Terminal terminal, String name, long from, long total, String unit) {
    this.terminal = terminal;
    this.name = name;
    this.from = from;
    this.done = from;
    this.total = total;
    this.unit = unit;
  }

  @Override
  public void at(long done) {
    this.done = done;
    if (System.nanoTime() - shown >= SECONDS_BETWEEN_LINES * NANOS) {
      show();
    }
  }

  @Override
  public void note(String text) {
    note = ", " + text;
  }

  private void show() {
    shown = System.nanoTime();
    double rate = (done - from) / ((shown - started) / (double) NANOS);
    String of = total > 0 ? " of " + total : "";
    String left = total > 0 && rate > 0 ? ", " + BarText.time((total - done) / rate) + " left" : "";
    terminal.line(
        String.format(
            Locale.ROOT,
            "%s: %d%s %s, %.1f %s/s%s%s",
            name,
            done,
            of,
            unit,
            rate,
            unit,
            left,
            note));
  }

  @Override
  public void close() {
    double seconds = (System.nanoTime() - started) / (double) NANOS;
    long steps = done - from;
    if (steps == 0) {
      return;
    }
    terminal.line(
        String.format(
            Locale.ROOT,
            "%s: %d %s in %.1f s, %.1f %s/s",
            name,
            steps,
            unit,
            seconds,
            steps / seconds,
            unit));
  }
}
