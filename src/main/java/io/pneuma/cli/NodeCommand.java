package io.pneuma.cli;

import io.pneuma.config.ConfigException;
import io.pneuma.config.Recipe.DicomRule;
import io.pneuma.explain.RunExplainer;
import io.pneuma.node.Credentials;
import io.pneuma.node.DicomWeb;
import io.pneuma.node.Node;
import io.pneuma.node.Responder;
import io.pneuma.node.State;
import io.pneuma.prediction.Predictor;
import io.pneuma.run.RunDirectory;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Answers for the chest X-rays of an archive as they come. */
@Command(
    name = "node",
    description =
        "Answers each new chest X-ray of a DICOMweb server once, and stores the answers there, until"
            + " Ctrl-C or SIGTERM. Credentials are taken from the environment:"
            + " PNEUMA_DICOMWEB_TOKEN, or PNEUMA_DICOMWEB_USER and PNEUMA_DICOMWEB_PASSWORD.")
final class NodeCommand extends Verb {
  /** For the image at hand when it is told to end. */
  private static final Duration LAST_IMAGE = Duration.ofMinutes(1);

  @Option(names = "--run", paramLabel = "DIR", required = true, description = "The trained run.")
  private Path runFolder;

  @Option(
      names = "--dicomweb",
      paramLabel = "URL",
      required = true,
      description = "The server, as in http://127.0.0.1:8042/dicom-web")
  private String url;

  @Option(
      names = "--shadow",
      description = "Stores nothing; what would be answered goes to a table in the state's folder.")
  private boolean shadow;

  @Option(
      names = "--every",
      paramLabel = "SECONDS",
      defaultValue = "10",
      description = "How long to wait before it looks again; default ${DEFAULT-VALUE}.")
  private int every;

  @Option(
      names = "--once",
      description = "Looks once, answers all that is new, and ends; 1 where something failed.")
  private boolean once;

  @Option(
      names = "--days",
      paramLabel = "N",
      description = "Looks for studies of the last N days alone; default all.")
  private Integer days;

  @Option(
      names = "--state",
      paramLabel = "DIR",
      description = "Where it is kept what is done; default node in the run's folder.")
  private Path stateFolder;

  @Mixin private DicomOptions dicom;

  NodeCommand(Terminal terminal) {
    super(terminal);
  }

  @Override
  public Integer call() throws IOException {
    if (every < 1) {
      throw new ConfigException("--every " + every + ": expected 1 second or more");
    }
    if (days != null && days < 0) {
      throw new ConfigException("--days " + days + ": expected 0 or more");
    }
    DicomWeb server =
        new DicomWeb(
            url,
            Credentials.header(System::getenv),
            days == null ? OptionalInt.empty() : OptionalInt.of(days));
    RunDirectory run = TrainedRun.open(fromCaller(runFolder), terminal());
    List<RunExplainer.Trained> members = dicom.with(trained(run));
    DicomRule rule = members.get(0).recipe().data().dicom();
    if (server.isExposed()) {
      warn("images of patients, answers and credentials go to " + url + " unencrypted; use https");
    }
    startMachine();
    try (ReplierOf replies = ReplierOf.run(run, members);
        Predictor predictor = PredictorOf.run(run, false, dicom, terminal());
        State state =
            State.open(
                stateFolder == null ? run.nodes() : fromCaller(stateFolder),
                replies.model().sha256(),
                server.url(),
                rule,
                shadow,
                predictor.labels())) {
      terminal().line("outlines: " + replies.outlines());
      terminal()
          .line(
              (shadow ? "noting answers, and storing none, for " : "answering for ")
                  + server.url()
                  + "; what is done is kept in "
                  + state.folder());
      Responder responder = new Responder(predictor, replies.with(predictor), rule);
      return answer(new Node(server, responder, state, terminal()::passing, this::warn));
    }
  }

  private int answer(Node node) throws IOException {
    try (Stop stop = new Stop(node, terminal())) {
      Node.Counts counts = once ? node.once() : node.run(Duration.ofSeconds(every));
      stop.isWell = true;
      terminal()
          .result(
              "%d answered, %d refused, %d not answered"
                  .formatted(counts.answered(), counts.refused(), counts.failed()));
      return once && counts.failed() > 0 ? SOME_FAILED : 0;
    }
  }

  /** Sees to it that the program, told to end, ends after the image at hand and as one that did. */
  private static final class Stop implements AutoCloseable {
    private final CountDownLatch ended = new CountDownLatch(1);
    private final Thread hook;
    private volatile boolean isWell;

    Stop(Node node, Terminal terminal) {
      hook =
          new Thread(
              () -> {
                node.stop();
                if (hasEnded() && isWell) {
                  terminal.last("stopped");
                  Runtime.getRuntime().halt(0); // Otherwise the signal gives the exit code.
                }
              });
      Runtime.getRuntime().addShutdownHook(hook);
    }

    private boolean hasEnded() {
      try {
        return ended.await(LAST_IMAGE.toSeconds(), TimeUnit.SECONDS);
      } catch (InterruptedException e) {
        return false;
      }
    }

    @Override
    public void close() {
      ended.countDown();
      try {
        Runtime.getRuntime().removeShutdownHook(hook);
      } catch (IllegalStateException e) {
        // The program is being ended, and the hook does it.
      }
    }
  }
}
