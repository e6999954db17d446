package io.pneuma.monitor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.pneuma.run.History.Epoch;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class MlflowTest {
  private static final Duration PATIENCE = Duration.ofMillis(500);

  @TempDir private Path folder;
  private FakeMlflow server;
  private Map<String, String> environment = Map.of();
  private final Map<String, String> recipe = new LinkedHashMap<>();
  private final List<String> lines = Collections.synchronizedList(new ArrayList<>());
  private final List<String> warnings = Collections.synchronizedList(new ArrayList<>());

  @BeforeEach
  void start() throws IOException {
    server = new FakeMlflow();
    recipe.put("seed", "3");
    recipe.put("data.folder", "/home/someone/images");
    recipe.put("backbones[0].name", "resnet18");
    recipe.put("monitor.mlflow", "http://somewhere");
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private static Epoch epoch(int number) {
    Map<String, Double> metrics = new LinkedHashMap<>();
    metrics.put("rocAuc", 0.5 + number / 16.0);
    metrics.put("precision", Double.NaN);
    return new Epoch(number, 1e-3, 1.0 / number, 2.0 / number, metrics, 0.25);
  }

  private static List<Epoch> epochs(int last) {
    return IntStream.rangeClosed(1, last).mapToObj(MlflowTest::epoch).toList();
  }

  private Mlflow follower(URI address) {
    return new Mlflow(
        address,
        "quick",
        recipe,
        folder.resolve("mlflow.json"),
        environment,
        lines::add,
        warnings::add,
        PATIENCE);
  }

  private void train(URI address, int before, int last, boolean finish) throws IOException {
    Path report = Files.writeString(folder.resolve("report.html"), "<p>done");
    try (Mlflow follower = follower(address)) {
      follower.begins(epochs(before));
      epochs(last).subList(before, last).forEach(follower::ended);
      if (finish) {
        follower.measured(Map.of("test/rocAuc", 0.75));
        follower.finish(report);
      }
    }
  }

  @Test
  void parametersMetricsAndReportArriveOnce() throws IOException {
    train(server.address(), 0, 3, true);
    assertEquals(List.of(), warnings);
    assertEquals("FINISHED", server.status("1"));
    assertEquals(Map.of("seed", "3", "backbones.0.name", "resnet18"), server.parameters("1"));
    assertEquals(
        List.of("1=0.5625", "2=0.625", "3=0.6875"), server.metric("1", "validation/rocAuc"));
    assertEquals(List.of("3=0.75"), server.metric("1", "final/test/rocAuc"));
    assertEquals(List.of(), server.metric("1", "validation/precision"));
    assertEquals("<p>done", server.artifact("/0/1/artifacts/report.html"));
    assertEquals(
        List.of("MLflow: " + server.address() + "/#/experiments/0/runs/1"), List.copyOf(lines));
    assertFalse(server.heard().contains("someone"), server.heard());
  }

  @Test
  void whatGoesOnIsTheSameRunWithoutDuplicatesOrGaps() throws IOException {
    train(URI.create(server.address() + "/"), 0, 3, false);
    assertEquals("FAILED", server.status("1"));
    train(server.address(), 2, 5, true); // From the checkpoint of the second.
    assertEquals(1, server.runs());
    assertEquals("FINISHED", server.status("1"));
    assertEquals(
        List.of("1=1.0", "2=0.5", "3=0.3333333333333333", "4=0.25", "5=0.2"),
        server.metric("1", "loss/train"));
    assertEquals(List.of(), warnings);
    Files.delete(folder.resolve("mlflow.json")); // Wanted on resuming alone.
    train(server.address(), 5, 6, true);
    assertEquals(6, server.metric("2", "loss/train").size());
  }

  @Test
  void aThousandMetricsGoInOneBatchAtMost() throws IOException {
    IntStream.range(0, 230).forEach(i -> recipe.put("search.space.key" + i, "x".repeat(600)));
    try (Mlflow follower = follower(server.address())) {
      follower.begins(epochs(700));
    }
    assertEquals(List.of(), warnings); // The server refuses what MLflow does.
    assertEquals(700, server.metric("1", "loss/train").size());
    assertEquals(232, server.parameters("1").size());
  }

  @Test
  void theEndOfAnInterruptedRunIsTold() throws IOException {
    try (Mlflow follower = follower(server.address())) {
      follower.begins(epochs(1));
      follower.interrupted();
    }
    assertEquals("KILLED", server.status("1"));
  }

  @Test
  void credentialsAreThoseOfTheEnvironmentAndAreNotTold() throws IOException {
    server.requireAuthorization("Basic bWU6c2VjcmV0"); // me:secret
    train(server.address(), 0, 1, true);
    assertEquals(1, warnings.size());
    assertTrue(warnings.get(0).contains("MLFLOW_TRACKING_TOKEN"), warnings.get(0));
    environment = Map.of("MLFLOW_TRACKING_USERNAME", "me", "MLFLOW_TRACKING_PASSWORD", "secret");
    train(server.address(), 0, 1, true);
    assertEquals("FINISHED", server.status("1"));
    server.requireAuthorization("Bearer abc");
    environment = Map.of("MLFLOW_TRACKING_TOKEN", "abc");
    train(server.address(), 1, 2, true);
    assertEquals(2, server.metric("1", "loss/train").size());
    assertFalse((lines + "" + warnings).contains("secret"));
  }

  @Test
  void aServerThatIsAwayCostsALine() throws IOException {
    URI nobody;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      nobody = URI.create("http://127.0.0.1:" + free.getLocalPort());
    }
    train(nobody, 0, 3, true);
    assertEquals(1, warnings.size(), warnings.toString());
    assertTrue(
        warnings.get(0).startsWith("monitor.mlflow: " + nobody + " cannot be reached"),
        warnings.get(0));
  }

  @Test
  void whatAServerMissedWhileItWasAwayIsSentLater() throws Exception {
    server.fails(FakeMlflow.Failure.STATUS);
    try (Mlflow follower = follower(server.address())) {
      follower.begins(List.of());
      epochs(2).forEach(follower::ended);
      while (warnings.isEmpty()) {
        Thread.sleep(10);
      }
      server.fails(FakeMlflow.Failure.NONE);
      follower.ended(epoch(3));
    }
    assertEquals(3, server.metric("1", "loss/train").size());
    assertEquals(1, warnings.size(), warnings.toString());
  }

  @ParameterizedTest
  @EnumSource(value = FakeMlflow.Failure.class, names = "NONE", mode = EnumSource.Mode.EXCLUDE)
  void aServerThatAnswersNonsenseCostsALine(FakeMlflow.Failure failure) throws IOException {
    server.fails(failure);
    train(server.address(), 0, 3, true);
    assertEquals(1, warnings.size(), warnings.toString());
    assertTrue(warnings.get(0).endsWith("; the run goes on without it"), warnings.get(0));
    assertFalse(Files.exists(folder.resolve("mlflow.json")));
  }

  @Test
  void aReportThatTheServerDoesNotTakeIsSaidToStayHere() throws IOException {
    server.keepsArtifactsAt("s3://bucket/0");
    train(server.address(), 0, 1, true);
    assertEquals(List.of(), warnings);
    assertTrue(lines.get(1).contains("the report was not sent"), lines.get(1));
    assertEquals("FINISHED", server.status("1"));
  }

  @Test
  void theRunIsWrittenDown() throws IOException {
    train(server.address(), 0, 1, true);
    JsonNode known = FakeMlflow.JSON.readTree(folder.resolve("mlflow.json").toFile());
    assertEquals("1", known.get("run").asText());
    assertEquals(server.address().toString(), known.get("server").asText());
  }
}
