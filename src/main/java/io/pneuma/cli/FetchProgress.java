package io.pneuma.cli;

import io.pneuma.downloads.FetchListener;
import io.pneuma.training.Progress;

/** Shows a download on the terminal, in megabytes. */
final class FetchProgress implements FetchListener, AutoCloseable {
  private static final long MEGABYTE = 1_000_000;

  private final Terminal terminal;
  private final String name;
  private Progress.Task task = null;

  FetchProgress(Terminal terminal, String name) {
    this.terminal = terminal;
    this.name = name;
  }

  @Override
  public void line(String text) {
    close();
    terminal.line(text);
  }

  @Override
  public void received(long bytes, long total) {
    if (task == null) {
      long all = total < 0 ? 0 : total / MEGABYTE;
      task = terminal.start("fetching " + name, bytes / MEGABYTE, all, "MB");
    }
    task.at(bytes / MEGABYTE);
  }

  @Override
  public void close() {
    if (task != null) {
      task.close();
      task = null;
    }
  }
}
