package io.pneuma.cli;

import io.pneuma.training.Progress;
import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Results to standard output; progress to standard error, as a bar where run.sh has found a
 * terminal there, else in plain lines without any control sequence.
 */
final class Terminal implements Progress {
  private static final Logger LOG = LoggerFactory.getLogger("pneuma");

  private final PrintStream out;
  private final PrintStream err;
  private final boolean bars = Boolean.getBoolean("pneuma.bars");
  private final List<String> said = new ArrayList<>();
  private volatile boolean quiet;
  private volatile ProgressBar bar; // The one that is shown; null for none.

  Terminal(PrintStream out, PrintStream err) {
    this.out = out;
    this.err = err;
  }

  PrintStream err() {
    return err;
  }

  PrintStream out() {
    return out;
  }

  /** From here on results and warnings alone. */
  void quiet() {
    quiet = true;
  }

  /** All lines so far, for the log of a run that was not there when they were shown. */
  synchronized List<String> said() {
    return List.copyOf(said);
  }

  /** Shows a result, of one or several lines. */
  void result(String text) {
    text.lines().forEach(this::log);
    out.println(text.stripTrailing());
  }

  @Override
  public void line(String text) {
    log(text);
    if (!quiet) {
      show(text);
    }
  }

  /** Shows a line of what goes on for months, and does not keep it. */
  void passing(String text) {
    LOG.info(text);
    if (!quiet) {
      show(text);
    }
  }

  @Override
  public void warning(String text) {
    log(text);
    show(text);
  }

  /** Shows a last line, and nothing more after it. */
  void last(String text) {
    ProgressBar open = bar;
    if (open != null) {
      open.close();
    }
    quiet();
    log(text);
    showWhole(text);
  }

  private synchronized void log(String text) {
    LOG.info(text);
    said.add(text);
  }

  /** Shows a line with a command to be copied, which is not broken. */
  void command(String text) {
    log(text);
    if (!quiet) {
      showWhole(text);
    }
  }

  private void show(String text) {
    showWhole(bars ? wrapped(text, columns(err)) : text);
  }

  private void showWhole(String text) {
    // The carriage return and the erasure take away a bar that may stand on this line.
    err.println(bars ? "\r\u001b[K" + text : text);
  }

  private static int columns(PrintStream err) {
    return new ConsoleProgressBarConsumer(err).getMaxRenderedLength();
  }

  /** Breaks a text at its blanks; what goes on is indented. */
  static String wrapped(String text, int columns) {
    StringBuilder lines = new StringBuilder();
    String rest = text;
    String indent = "";
    while (rest.length() > columns - indent.length()) {
      int end = rest.lastIndexOf(' ', columns - indent.length());
      if (end <= 0) {
        end = rest.indexOf(' '); // A word longer than the line; the terminal breaks it.
      }
      if (end <= 0) {
        break;
      }
      lines.append(indent).append(rest, 0, end).append(System.lineSeparator());
      rest = rest.substring(end).strip();
      indent = "  ";
    }
    return lines.append(indent).append(rest).toString();
  }

  @Override
  public Task start(String name, long from, long total, String unit) {
    if (quiet) {
      return SILENT.start(name, from, total, unit);
    }
    return bars ? new Bar(name, from, total, unit) : new PlainTask(this, name, from, total, unit);
  }

  /** The library's timer may end a bar once more while the bar is being ended. */
  private static final class EndsOnce extends ConsoleProgressBarConsumer {
    private boolean ended;

    EndsOnce(PrintStream err) {
      super(err);
    }

    @Override
    public synchronized void accept(String text) {
      if (!ended) {
        super.accept(text);
      }
    }

    @Override
    public synchronized void close() {
      if (!ended) {
        ended = true;
        super.close();
      }
    }
  }

  private final class Bar implements Task {
    Bar(String name, long from, long total, String unit) {
      bar =
          new ProgressBarBuilder()
              .setTaskName(name)
              .startsFrom(from, Duration.ZERO)
              .setInitialMax(total)
              .setRenderer(new BarText(unit))
              .setUpdateIntervalMillis(500)
              .setConsumer(new EndsOnce(err))
              .build();
    }

    @Override
    public void at(long done) {
      bar.stepTo(done);
    }

    @Override
    public void note(String text) {
      bar.setExtraMessage(text);
    }

    @Override
    public void close() {
      if (bar != null) {
        bar.close();
        bar = null;
      }
    }
  }
}
