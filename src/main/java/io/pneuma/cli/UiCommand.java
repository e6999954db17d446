package io.pneuma.cli;

import io.pneuma.config.ConfigException;
import io.pneuma.monitor.MonitorException;
import io.pneuma.monitor.RunStats;
import io.pneuma.monitor.TrainingUi;
import io.pneuma.run.RunDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Shows past runs in the training UI until it is interrupted. */
@Command(name = "ui", description = "Shows past runs in the training UI until Ctrl-C.")
final class UiCommand extends Verb {
  @Option(names = "--run", paramLabel = "DIR", description = "A run to show; may be repeated.")
  private List<Path> runFolders = new ArrayList<>();

  @Option(
      names = "--port",
      defaultValue = "9000",
      description = "Where it listens; default ${DEFAULT-VALUE}.")
  private int port;

  @Option(
      names = "--host",
      defaultValue = "127.0.0.1",
      description =
          "The address it listens on; default ${DEFAULT-VALUE}. It knows no passwords: whoever"
              + " reaches another address sees the runs.")
  private String host;

  UiCommand(Terminal terminal) {
    super(terminal);
  }

  @Override
  public Integer call() throws InterruptedException, IOException {
    startMachine();
    List<RunStats> runs = new ArrayList<>();
    for (Path folder : runFolders.isEmpty() ? ownRuns() : runFolders) {
      try {
        runs.add(RunStats.open(RunDirectory.open(fromCaller(folder)).stats()));
      } catch (MonitorException e) {
        if (!runFolders.isEmpty()) {
          throw e;
        }
        terminal().line(e.getMessage()); // Such as one that trains: the others are shown.
      }
    }
    try (TrainingUi server = TrainingUi.start(host, port)) {
      runs.forEach(server::show);
      terminal()
          .line(
              "training UI: "
                  + server.address()
                  + server.remark(port)
                  + "; searches: "
                  + server.searches()
                  + " (Ctrl-C ends it)");
      new CountDownLatch(1).await();
    }
    return 0;
  }

  /** The runs that have something to show, from where train leaves them, the newest first. */
  private List<Path> ownRuns() throws IOException {
    Path folder = home().resolve("runs");
    List<Path> shown = new ArrayList<>();
    if (Files.isDirectory(folder)) {
      try (Stream<Path> runs = Files.list(folder)) {
        runs.filter(run -> Files.isRegularFile(run.resolve("config.yaml")))
            .filter(run -> Files.isRegularFile(run.resolve("stats.bin")))
            .sorted(Comparator.comparing((Path run) -> run.toFile().lastModified()).reversed())
            .forEach(shown::add);
      }
    }
    if (shown.isEmpty()) {
      throw new ConfigException(
          "there is no run in "
              + folder
              + " to show; make one with ./run.sh train, or name one with"
              + " --run DIR");
    }
    terminal().line("showing the " + shown.size() + " runs of " + folder);
    return shown;
  }
}
