package io.pneuma.monitor;

import com.fasterxml.jackson.databind.JsonNode;
import io.pneuma.run.Follower;
import io.pneuma.run.History.Epoch;
import io.pneuma.run.Json;
import io.pneuma.run.WholeFile;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/**
 * Sends a run to an MLflow server: the recipe as parameters, the metrics of each epoch, what was
 * measured at the end, and the report. All of it is sent by a thread of its own. While the server
 * is away or does not understand, epochs are kept, as many as there is room for, and sent with a
 * later one; that is said once and costs the run nothing.
 *
 * <p>The run's directory keeps the server's name of the run, by which a resumed one goes on.
 */
public final class Mlflow implements Follower, AutoCloseable {
  private static final String EXPERIMENT = "pneuma";

  /** Epochs that wait for the server. */
  private static final int MOST_WAITING = 10_000;

  // What MLflow takes in one batch, and of one value.
  private static final int MOST_METRICS = 1000;
  private static final int MOST_PARAMETERS = 100;
  private static final int LONGEST_VALUE = 500;

  /** How long an answer is waited for. */
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  /** In which a report should have been sent, as a multiple of that. */
  private static final int REPORT = 4;

  private final URI address;
  private final Duration patience;
  private final MlflowServer server;
  private final String name;
  private final Map<String, String> recipe;
  private final Path record;
  private final Consumer<String> line;
  private final Consumer<String> warn;
  private final ExecutorService worker;
  private final BlockingQueue<Epoch> waiting = new ArrayBlockingQueue<>(MOST_WAITING);
  private final AtomicBoolean sending = new AtomicBoolean();
  private final AtomicBoolean warned = new AtomicBoolean();
  private final AtomicBoolean ended = new AtomicBoolean();
  private volatile Map<String, Double> scores = Map.of();
  private volatile int last; // The last epoch that has ended.

  // Of the worker alone.
  private Known known; // Null until the server has given the run a name.
  private Map<String, String> unsent = Map.of(); // Parameters.
  private int sent; // The last epoch that the server has.
  private String artifacts = "";

  /** The run as the server knows it, and as it stands in the run's directory. */
  private record Known(String server, String experiment, String run) {}

  /** How it goes with a run, in MLflow's words. */
  private enum Status {
    RUNNING,
    FINISHED,
    FAILED,
    KILLED
  }

  /** What takes an unknown time. */
  private interface Request {
    void send() throws IOException;
  }

  /**
   * A run for a server, which is not asked yet.
   *
   * @param name of the run
   * @param recipe values by their dotted keys
   * @param record the file that keeps the server's name of the run
   * @param environment where credentials stand, under MLflow's own names
   * @param line takes where the run is to be seen
   * @param warn takes why it is not
   */
  public Mlflow(
      URI address,
      String name,
      Map<String, String> recipe,
      Path record,
      Map<String, String> environment,
      Consumer<String> line,
      Consumer<String> warn) {
    this(address, name, recipe, record, environment, line, warn, PATIENCE);
  }

  Mlflow(
      URI address,
      String name,
      Map<String, String> recipe,
      Path record,
      Map<String, String> environment,
      Consumer<String> line,
      Consumer<String> warn,
      Duration patience) {
    this.address = URI.create(address.toString().replaceFirst("/+$", ""));
    this.patience = patience;
    this.server = new MlflowServer(this.address, environment, patience);
    this.name = name;
    this.recipe = ShownRecipe.of(recipe);
    this.record = record;
    this.line = line;
    this.warn = warn;
    this.worker =
        Executors.newSingleThreadExecutor(
            task -> {
              Thread thread = new Thread(task, "mlflow");
              thread.setDaemon(true);
              return thread;
            });
  }

  @Override
  public void begins(List<Epoch> before) {
    before.forEach(this::queue);
    sendSoon();
  }

  @Override
  public void ended(Epoch epoch) {
    queue(epoch);
    sendSoon();
  }

  @Override
  public void measured(Map<String, Double> measured) {
    scores = Scalars.ofEnd(measured);
  }

  private void queue(Epoch epoch) {
    last = epoch.epoch();
    if (!waiting.offer(epoch)) {
      waiting.poll(); // The oldest makes room.
      waiting.offer(epoch);
    }
  }

  private void sendSoon() {
    if (sending.compareAndSet(false, true)) {
      worker.execute(
          () -> {
            sending.set(false);
            attempt(this::sendEpochs);
          });
    }
  }

  private void attempt(Request request) {
    try {
      request.send();
    } catch (IOException e) {
      warnOnce(e.getMessage());
    } catch (RuntimeException e) { // Whatever a server may answer.
      warnOnce("answers oddly: " + e);
    }
  }

  private void warnOnce(String why) {
    if (warned.compareAndSet(false, true)) {
      warn.accept("monitor.mlflow: " + address + " " + why + "; the run goes on without it");
    }
  }

  private void sendEpochs() throws IOException {
    connect();
    List<Map<String, ?>> metrics = new ArrayList<>();
    int upTo = sent;
    for (Epoch epoch : List.copyOf(waiting)) {
      if (epoch.epoch() > upTo) {
        Map<String, Double> scalars = Scalars.of(epoch);
        if (metrics.size() + scalars.size() > MOST_METRICS) {
          send(metrics, upTo);
        }
        metrics.addAll(metrics(scalars, epoch.epoch()));
        upTo = epoch.epoch();
      }
    }
    send(metrics, upTo);
    waiting.removeIf(epoch -> epoch.epoch() <= sent);
  }

  private void send(List<Map<String, ?>> metrics, int upTo) throws IOException {
    if (!metrics.isEmpty()) {
      server.post("runs/log-batch", Map.of("run_id", known.run, "metrics", metrics));
      metrics.clear();
    }
    sent = upTo;
  }

  private static List<Map<String, ?>> metrics(Map<String, Double> scalars, int step) {
    long now = System.currentTimeMillis();
    List<Map<String, ?>> metrics = new ArrayList<>();
    scalars.forEach(
        (key, value) ->
            metrics.add(Map.of("key", key, "value", value, "timestamp", now, "step", step)));
    return metrics;
  }

  /** Goes on with the run of before, if the server still has it, or begins one. */
  private void connect() throws IOException {
    if (known == null && !goOn()) {
      begin();
    }
    while (!unsent.isEmpty()) {
      List<Map.Entry<String, String>> some =
          unsent.entrySet().stream().limit(MOST_PARAMETERS).toList();
      List<Map<String, String>> parameters =
          some.stream()
              .map(each -> Map.of("key", each.getKey(), "value", each.getValue()))
              .toList();
      server.post("runs/log-batch", Map.of("run_id", known.run, "params", parameters));
      some.forEach(each -> unsent.remove(each.getKey()));
    }
  }

  private boolean goOn() throws IOException {
    if (!Files.exists(record)) {
      return false;
    }
    Known before = Json.read(record.toString(), Files.readString(record), Known.class);
    if (!before.server.equals(address.toString())) {
      return false;
    }
    Optional<JsonNode> found = server.get("runs/get", "run_id", before.run);
    if (found.isEmpty() || found.get().at("/run/info/lifecycle_stage").asText().equals("deleted")) {
      return false;
    }
    JsonNode run = found.get().path("run");
    for (JsonNode metric : run.at("/data/metrics")) {
      if (metric.path("key").asText().equals(Scalars.EVERY_EPOCH)) {
        sent = Math.max(sent, metric.path("step").asInt());
      }
    }
    unsent = parameters();
    run.at("/data/params").forEach(parameter -> unsent.remove(parameter.path("key").asText()));
    known = before;
    artifacts = run.at("/info/artifact_uri").asText();
    server.post("runs/update", Map.of("run_id", known.run, "status", Status.RUNNING));
    return true;
  }

  private void begin() throws IOException {
    String experiment = experiment();
    JsonNode run =
        server.post(
            "runs/create",
            Map.of(
                "experiment_id",
                experiment,
                "run_name",
                name,
                "start_time",
                System.currentTimeMillis(),
                "tags",
                List.of(
                    Map.of("key", "mlflow.runName", "value", name),
                    Map.of("key", "mlflow.source.name", "value", EXPERIMENT))));
    known =
        new Known(address.toString(), experiment, name(run.at("/run/info/run_id"), "runs/create"));
    artifacts = run.at("/run/info/artifact_uri").asText();
    unsent = parameters();
    WholeFile.write(record, Json.write(known));
    line.accept("MLflow: %s/#/experiments/%s/runs/%s".formatted(address, experiment, known.run));
  }

  private String experiment() throws IOException {
    String byName = "experiments/get-by-name";
    Optional<JsonNode> found = server.get(byName, "experiment_name", EXPERIMENT);
    return found.isPresent()
        ? name(found.get().at("/experiment/experiment_id"), byName)
        : name(
            server.post("experiments/create", Map.of("name", EXPERIMENT)).path("experiment_id"),
            "experiments/create");
  }

  /** A server's own name of something, which becomes a part of addresses. */
  private static String name(JsonNode given, String call) throws IOException {
    if (!given.asText().matches("[A-Za-z0-9_-]{1,100}")) {
      throw new IOException("answers " + call + " without what MLflow would");
    }
    return given.asText();
  }

  private Map<String, String> parameters() {
    Map<String, String> parameters = new LinkedHashMap<>(recipe);
    parameters.replaceAll(
        (key, value) -> value.substring(0, Math.min(value.length(), LONGEST_VALUE)));
    return parameters;
  }

  /** Sends what is left of a run that is done, and its report. */
  public void finish(Path report) {
    end(Status.FINISHED, Optional.of(report).filter(Files::exists));
  }

  /** Tells that the run is being interrupted. */
  public void interrupted() {
    end(Status.KILLED, Optional.empty());
  }

  /** A run that was not finished has failed. */
  @Override
  public void close() {
    end(Status.FAILED, Optional.empty());
  }

  private void end(Status status, Optional<Path> report) {
    if (!ended.compareAndSet(false, true)) {
      return;
    }
    // A server that was away may be there again, but is not waited for as long.
    Duration wait = warned.get() ? patience : patience.multipliedBy(REPORT);
    Future<?> told = worker.submit(() -> attempt(() -> tellEnd(status, report)));
    worker.shutdown();
    try {
      told.get(wait.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException e) {
      throw new IllegalStateException(e.getCause()); // An error, such as of memory.
    } catch (TimeoutException e) {
      warnOnce("takes too long to hear how the run ended");
    }
    worker.shutdownNow();
  }

  private void tellEnd(Status status, Optional<Path> report) throws IOException {
    sendEpochs();
    send(metrics(scores, last), sent);
    if (report.isPresent()) {
      try {
        sendReport(report.get());
      } catch (IOException | IllegalArgumentException e) { // The latter: of what is no address.
        warnOnce("did not take the report: it " + e.getMessage());
      }
    }
    server.post(
        "runs/update",
        Map.of("run_id", known.run, "status", status, "end_time", System.currentTimeMillis()));
  }

  private void sendReport(Path report) throws IOException {
    URI place = URI.create(artifacts);
    String path = place.getRawPath();
    if (!"mlflow-artifacts".equals(place.getScheme()) || path == null || path.contains("..")) {
      line.accept(
          "MLflow: the report was not sent, since the server keeps artifacts where it does not take"
              + " them itself; it is "
              + report);
      return;
    }
    server.put(path, report, "text/html", patience.multipliedBy(REPORT));
  }
}
