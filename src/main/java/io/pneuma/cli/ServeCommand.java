package io.pneuma.cli;

import io.pneuma.config.ConfigException;
import io.pneuma.evaluation.CheckedMaps;
import io.pneuma.explain.Method;
import io.pneuma.explain.RunExplainer;
import io.pneuma.explain.RunMaps;
import io.pneuma.run.RunDirectory;
import io.pneuma.serving.ServedRun;
import io.pneuma.serving.Service;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Answers over HTTP until it is told to end. */
@Command(
    name = "serve",
    description =
        "Answers for images over HTTP by a trained run until Ctrl-C: a page, POST /predict, KServe's"
            + " V2 protocol, metrics.")
final class ServeCommand extends Verb {
  /** The environment variable that may hold the token. */
  static final String TOKEN = "PNEUMA_TOKEN";

  private static final int LEAST_TOKEN = 16;
  private static final int LAST_PORT = 65535;

  @Option(names = "--run", paramLabel = "DIR", required = true, description = "The trained run.")
  private Path runFolder;

  @Option(
      names = "--port",
      defaultValue = "8080",
      description = "Where it listens; default ${DEFAULT-VALUE}; 0 for any that is free.")
  private int port;

  @Option(
      names = "--host",
      defaultValue = "127.0.0.1",
      description =
          "The name or address it listens on; default ${DEFAULT-VALUE}. Another than this machine's"
              + " own wants a token. What it sends is not encrypted: put a proxy with TLS before it.")
  private String host;

  @Option(
      names = "--token-file",
      paramLabel = "FILE",
      description =
          "Holds the token that every request must give, of 16 characters at least; default what"
              + " the environment variable "
              + TOKEN
              + " holds, if anything.")
  private Path tokenFile;

  @Mixin private DicomOptions dicom;

  ServeCommand(Terminal terminal) {
    super(terminal);
  }

  @Override
  public Integer call() throws InterruptedException, IOException {
    if (port < 0 || port > LAST_PORT) {
      throw new ConfigException("--port " + port + ": is no port; expected 0 to " + LAST_PORT);
    }
    RunDirectory run = TrainedRun.open(fromCaller(runFolder), terminal());
    Optional<String> token = token();
    requireTokenBeyondThisMachine(token);
    List<RunExplainer.Trained> members = dicom.with(trained(run));
    startMachine();
    ServedRun served =
        new ServedRun(
            run,
            PredictorOf.run(run, false, dicom, terminal()),
            () -> new RunExplainer(run, members, Method.DEFAULT),
            objections(new RunMaps(run, members)),
            members.get(0).recipe().data().dicom());
    CountDownLatch end = new CountDownLatch(1);
    CountDownLatch ended = new CountDownLatch(1);
    try (Service service = Service.start(served, Version.PNEUMA, host, port, token)) {
      Runtime.getRuntime().addShutdownHook(new Thread(() -> endInOrder(end, ended), "end"));
      terminal().result("serving " + served.run().root().getFileName() + ": " + service.address());
      terminal().line("Ctrl-C ends it");
      end.await();
      terminal().line("ending: the requests under way are still answered");
    } finally {
      ended.countDown();
    }
    return 0;
  }

  /** On a signal, which would else cut off what is under way and count as a failure. */
  private static void endInOrder(CountDownLatch end, CountDownLatch ended) {
    end.countDown();
    try {
      ended.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    Runtime.getRuntime().halt(0);
  }

  private Optional<String> token() throws IOException {
    String given = System.getenv(TOKEN);
    String from = TOKEN;
    if (tokenFile != null) {
      from = "--token-file " + tokenFile;
      Path file = fromCaller(tokenFile);
      if (!Files.isRegularFile(file)) {
        throw new ConfigException(from + ": there is no such file");
      }
      given = Files.readString(file);
    }
    if (given == null || (tokenFile == null && given.isBlank())) {
      return Optional.empty();
    }
    String token = given.strip();
    if (token.length() < LEAST_TOKEN || !token.matches("[\\x21-\\x7e]+")) {
      throw new ConfigException(
          from
              + ": holds no token; expected "
              + LEAST_TOKEN
              + " characters or more, letters, digits and signs without spaces, as from: openssl rand"
              + " -hex 16");
    }
    return Optional.of(token);
  }

  private void requireTokenBeyondThisMachine(Optional<String> token) {
    try {
      if (token.isEmpty() && !InetAddress.getByName(host).isLoopbackAddress()) {
        throw new ConfigException(
            "--host "
                + host
                + ": others could reach it; give a token by --token-file FILE or "
                + TOKEN);
      }
    } catch (UnknownHostException e) {
      throw new ConfigException("--host " + host + ": is no name or address of a machine");
    }
  }

  /** Why no maps are shown; those of a run that was not checked are not. */
  private static List<String> objections(RunMaps maps) {
    return maps.known(Method.DEFAULT)
        .map(CheckedMaps::failures)
        .orElse(
            List.of("they have not been checked: ./run.sh explain --run DIR IMAGE checks them"));
  }
}
