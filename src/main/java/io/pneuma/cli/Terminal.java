package io.pneuma.cli;

import io.pneuma.training.Progress;
import java.io.PrintStream;
import java.time.Duration;
import java.util.Locale;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Results to standard output; progress to standard error, as a bar or in plain lines. */
final class Terminal implements Progress {
  private static final Logger LOG = LoggerFactory.getLogger("pneuma");
  private static final long NANOS = 1_000_000_000L;
  private static final long SECONDS_BETWEEN_LINES = 10;

  private final PrintStream out;
  private final PrintStream err;

  @SuppressWarnings("SystemConsoleNull") // run.sh keeps the meaning that it has in Java 17.
  private final boolean interactive = System.console() != null;

  Terminal(PrintStream out, PrintStream err) {
    this.out = out;
    this.err = err;
  }

  PrintStream out() {
    return out;
  }

  @Override
  public void line(String text) {
    LOG.info(text);
    // The carriage return and the erasure take away a bar that may stand on this line.
    err.println(interactive ? "\r\u001b[K" + text : text);
  }

  @Override
  public Task start(String name, long from, long total, String unit) {
    return interactive ? new Bar(name, from, total, unit) : new Lines(name, from, total, unit);
  }

  private final class Bar implements Task {
    private final ProgressBar bar;

    Bar(String name, long from, long total, String unit) {
      bar =
          new ProgressBarBuilder()
              .setTaskName(name)
              .startsFrom(from, Duration.ZERO)
              .setInitialMax(total)
              .setUnit(" " + unit, 1)
              .showSpeed()
              .setStyle(ProgressBarStyle.ASCII)
              .setUpdateIntervalMillis(500)
              .setConsumer(new ConsoleProgressBarConsumer(err))
              .build();
    }

    @Override
    public void at(long done) {
      bar.stepTo(done);
    }

    @Override
    public void note(String text) {
      bar.setExtraMessage(" " + text);
    }

    @Override
    public void close() {
      bar.close();
    }
  }

  private final class Lines implements Task {
    private final String name;
    private final long from;
    private final long total;
    private final String unit;
    private final long started = System.nanoTime();
    private long shown = started;
    private String note = "";
    private long done;

    Lines(String name, long from, long total, String unit) {
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
      String left =
          total > 0 && rate > 0 ? ", " + Math.round((total - done) / rate) + " s left" : "";
      line(
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
      line(
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
}
