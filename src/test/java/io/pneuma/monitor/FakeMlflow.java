package io.pneuma.monitor;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** As much of an MLflow server as its REST interface says, with its limits, and some failures. */
public final class FakeMlflow implements AutoCloseable {
  static final ObjectMapper JSON = new ObjectMapper();
  private static final String REST = "/api/2.0/mlflow/";
  private static final String ARTIFACTS = "/api/2.0/mlflow-artifacts/artifacts";

  /** What the server does instead of answering. */
  public enum Failure {
    NONE,
    STATUS,
    NO_JSON,
    ANOTHER_JSON,
    NO_ANSWER,
    HALF_AN_ANSWER,
    ENDLESS
  }

  /** A run as the server keeps it. */
  private static final class Run {
    private String status = "RUNNING";
    private final Map<String, String> parameters = new LinkedHashMap<>();
    private final Map<String, List<String>> metrics = new LinkedHashMap<>();
    private final Map<String, Integer> steps = new LinkedHashMap<>();
  }

  private final HttpServer http;
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final CountDownLatch closing = new CountDownLatch(1);
  private final Map<String, Run> runs = new TreeMap<>();
  private final Map<String, String> artifacts = new TreeMap<>();
  private final StringBuilder heard = new StringBuilder();
  private boolean experiment;
  private String authorization;
  private String artifactPlace = "mlflow-artifacts:/0";
  private Failure failure = Failure.NONE;

  /** A server at a free port of this machine. */
  public FakeMlflow() throws IOException {
    http = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    http.createContext("/", this::answer);
    http.setExecutor(threads);
    http.start();
  }

  /** Where it listens. */
  public URI address() {
    return URI.create("http://127.0.0.1:" + http.getAddress().getPort());
  }

  synchronized void fails(Failure how) {
    failure = how;
  }

  synchronized void requireAuthorization(String header) {
    authorization = header;
  }

  synchronized void keepsArtifactsAt(String place) {
    artifactPlace = place;
  }

  /** Number of runs. */
  public synchronized int runs() {
    return runs.size();
  }

  /** How it goes with a run. */
  public synchronized String status(String run) {
    return runs.get(run).status;
  }

  synchronized Map<String, String> parameters(String run) {
    return runs.get(run).parameters;
  }

  /** As in {@code 2=0.5}, step and value. */
  public synchronized List<String> metric(String run, String key) {
    return runs.get(run).metrics.getOrDefault(key, List.of());
  }

  /** A file by its path. */
  public synchronized String artifact(String path) {
    return artifacts.get(path);
  }

  /** All that was sent. */
  public synchronized String heard() {
    return heard.toString();
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
      Failure how;
      synchronized (this) {
        how = failure;
        heard.append(exchange.getRequestURI()).append(body).append('\n');
      }
      switch (how) {
        case NONE -> answer(exchange, body);
        case STATUS -> send(exchange, 500, "{}");
        case NO_JSON -> send(exchange, 200, "<html>Welcome");
        case ANOTHER_JSON -> send(exchange, 200, "{\"experiment\": [1], \"run\": 7}");
        case NO_ANSWER -> await();
        case HALF_AN_ANSWER -> {
          exchange.sendResponseHeaders(200, 1000);
          exchange.getResponseBody().write('{');
          exchange.getResponseBody().flush();
          await();
        }
        case ENDLESS -> {
          exchange.sendResponseHeaders(200, 0);
          byte[] piece = new byte[1 << 16];
          while (true) {
            exchange.getResponseBody().write(piece);
          }
        }
      }
    }
  }

  private void await() {
    try {
      closing.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private synchronized void answer(HttpExchange exchange, String body) throws IOException {
    String given = exchange.getRequestHeaders().getFirst("Authorization");
    if (authorization != null && !authorization.equals(given)) {
      send(exchange, 401, "You are not authenticated.");
      return;
    }
    String path = exchange.getRequestURI().getPath();
    if (path.startsWith(ARTIFACTS) && exchange.getRequestMethod().equals("PUT")) {
      artifacts.put(path.substring(ARTIFACTS.length()), body);
      send(exchange, 200, "{}");
      return;
    }
    JsonNode request = body.isEmpty() ? JSON.createObjectNode() : JSON.readTree(body);
    switch (path.substring(REST.length())) {
      case "experiments/get-by-name" ->
          send(
              exchange,
              experiment ? 200 : 404,
              experiment
                  ? "{\"experiment\": {\"experiment_id\": \"0\"}}"
                  : "{\"error_code\": \"RESOURCE_DOES_NOT_EXIST\"}");
      case "experiments/create" -> {
        experiment = true;
        send(exchange, 200, "{\"experiment_id\": \"0\"}");
      }
      case "runs/create" -> {
        String id = String.valueOf(runs.size() + 1);
        runs.put(id, new Run());
        send(exchange, 200, told(id));
      }
      case "runs/get" ->
          send(exchange, 200, told(exchange.getRequestURI().getQuery().replace("run_id=", "")));
      case "runs/update" -> {
        runs.get(request.get("run_id").asText()).status = request.get("status").asText();
        send(exchange, 200, "{}");
      }
      case "runs/log-batch" -> send(exchange, log(request) ? 200 : 400, "{}");
      default -> send(exchange, 404, "{}");
    }
  }

  private boolean log(JsonNode request) {
    Run run = runs.get(request.get("run_id").asText());
    if (request.path("metrics").size() > 1000 || request.path("params").size() > 100) {
      return false;
    }
    for (JsonNode metric : request.path("metrics")) {
      String key = metric.get("key").asText();
      int step = metric.get("step").asInt();
      run.steps.put(key, step);
      run.metrics
          .computeIfAbsent(key, k -> new ArrayList<>())
          .add(step + "=" + metric.get("value").asDouble());
    }
    for (JsonNode parameter : request.path("params")) {
      String key = parameter.get("key").asText();
      String value = parameter.get("value").asText();
      String before = run.parameters.put(key, value);
      if (value.length() > 500
          || !key.matches("[A-Za-z0-9_. /-]+")
          || (before != null && !before.equals(value))) {
        return false;
      }
    }
    return true;
  }

  private String told(String id) throws IOException {
    Run run = runs.get(id);
    List<Map<String, ?>> parameters = new ArrayList<>();
    run.parameters.forEach((key, value) -> parameters.add(Map.of("key", key, "value", value)));
    List<Map<String, ?>> metrics = new ArrayList<>();
    run.steps.forEach((key, step) -> metrics.add(Map.of("key", key, "step", step)));
    Map<String, String> info =
        Map.of("run_id", id, "artifact_uri", artifactPlace + "/" + id + "/artifacts");
    return JSON.writeValueAsString(
        Map.of(
            "run", Map.of("info", info, "data", Map.of("params", parameters, "metrics", metrics))));
  }

  private static void send(HttpExchange exchange, int status, String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(status, bytes.length);
    exchange.getResponseBody().write(bytes);
  }

  @Override
  public void close() {
    closing.countDown();
    http.stop(0);
    threads.shutdownNow();
  }
}
