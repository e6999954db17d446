package io.pneuma.cli;

import io.pneuma.monitor.RunStats;
import io.pneuma.monitor.TrainingUi;
import io.pneuma.run.RunDirectory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
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
  public Integer call() throws InterruptedException {
    startMachine();
    List<RunStats> runs = new ArrayList<>();
    for (Path folder : runFolders) {
      runs.add(RunStats.open(RunDirectory.open(fromCaller(folder)).stats()));
    }
    try (TrainingUi server = TrainingUi.start(host, port)) {
      runs.forEach(server::show);
      terminal()
          .line(
              "training UI: "
                  + server.address()
                  + "; searches: "
                  + server.searches()
                  + " (Ctrl-C ends it)");
      new CountDownLatch(1).await();
    }
    return 0;
  }
}
