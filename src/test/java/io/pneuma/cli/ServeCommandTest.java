package io.pneuma.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.pneuma.Chromium;
import io.pneuma.config.Recipe;
import io.pneuma.explain.Method;
import io.pneuma.explain.RunExplainer;
import io.pneuma.images.ImagePipeline;
import io.pneuma.prediction.Looks;
import io.pneuma.prediction.Predictor;
import io.pneuma.run.RunDirectory;
import io.pneuma.serving.ServedRun;
import io.pneuma.serving.Service;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** A service of a tiny run, asked by clients of every kind. */
class ServeCommandTest {
  private static final String TOKEN = "0123456789abcdef";
  private static final String OBJECTION = "it shows the same after shuffling";
  private static final String SECRET = "DOE-JANE-19700101";
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir static Path folder;
  private static RunDirectory run;
  private static Path image;
  private static Service service;
  private static final ListAppender<ILoggingEvent> LOGGED = new ListAppender<>();

  private final HttpClient client = HttpClient.newHttpClient();

  @BeforeAll
  static void serve() throws IOException {
    run = RunDirectory.open(TinyRun.train(folder, "se"));
    image = folder.resolve("images/train/NORMAL/person1_tiny_0.png");
    LOGGED.start();
    ((Logger) LoggerFactory.getLogger("ROOT")).addAppender(LOGGED);
    service = start(Optional.empty(), List.of());
  }

  @AfterAll
  static void end() {
    service.close();
    ((Logger) LoggerFactory.getLogger("ROOT")).detachAppender(LOGGED);
    for (ILoggingEvent event : LOGGED.list) {
      assertFalse(event.getFormattedMessage().contains(SECRET), event.getFormattedMessage());
    }
  }

  private static Service start(Optional<String> token, List<String> objections) throws IOException {
    List<RunExplainer.Trained> members = List.of(new RunExplainer.Trained(run, Verb.recipeOf(run)));
    Predictor predictor = Predictor.load(new Predictor.Trained(run, Verb.recipeOf(run)), Looks.ONE);
    ServedRun served =
        new ServedRun(
            run,
            predictor,
            () -> new RunExplainer(run, members, Method.DEFAULT),
            objections,
            Recipe.DicomRule.STRICT);
    return Service.start(served, "test", "127.0.0.1", 0, token);
  }

  private HttpResponse<String> send(HttpRequest.Builder request) {
    return client.sendAsync(request.build(), BodyHandlers.ofString()).join();
  }

  private static HttpRequest.Builder to(Service to, String path) {
    return HttpRequest.newBuilder(to.address().resolve(path));
  }

  private HttpResponse<String> get(String path) {
    return send(to(service, path));
  }

  private HttpResponse<String> post(String path, BodyPublisher body, String type) {
    return send(to(service, path).POST(body).header("Content-Type", type));
  }

  private static JsonNode json(String text) {
    try {
      return JSON.readTree(text);
    } catch (IOException e) {
      throw new AssertionError(text, e);
    }
  }

  private static BodyPublisher form(List<Path> files) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (Path file : files) {
      String head =
          "--edge\r\nContent-Disposition: form-data; name=\"image\"; filename=\"%s\"\r\n\r\n"
              .formatted(file.getFileName());
      out.write(head.getBytes(StandardCharsets.UTF_8));
      out.write(Files.readAllBytes(file));
      out.write("\r\n".getBytes(StandardCharsets.UTF_8));
    }
    out.write("--edge--\r\n".getBytes(StandardCharsets.UTF_8));
    return BodyPublishers.ofByteArray(out.toByteArray());
  }

  /** What the verb {@code predict} says of the image, less its file. */
  private static JsonNode predicted() {
    CliResult result = CliResult.of("predict", "--run", run.root(), "--json", image);
    ObjectNode said = (ObjectNode) json(result.out());
    said.remove("file");
    return said;
  }

  private static void assertSays(JsonNode wanted, JsonNode said) {
    List<String> names = new ArrayList<>();
    wanted.fieldNames().forEachRemaining(names::add);
    List<String> given = new ArrayList<>();
    said.fieldNames().forEachRemaining(given::add);
    given.remove("file");
    assertEquals(names, given);
    assertEquals(wanted.get("label"), said.get("label"));
    assertEquals(
        wanted.at("/probabilities/NORMAL").asDouble(),
        said.at("/probabilities/NORMAL").asDouble(),
        1e-6);
  }

  @Test
  void anImageIsAnsweredAsByTheVerbPredict() throws IOException {
    for (String type : List.of("image/png", "application/x-www-form-urlencoded")) {
      HttpResponse<String> response = post("predict", BodyPublishers.ofFile(image), type);
      assertEquals(200, response.statusCode(), response.body());
      assertSays(predicted(), json(response.body()));
    }
  }

  @Test
  void aFormIsAnsweredFileByFileWithTheReasonWhereOneIsNoImage() throws IOException {
    Path broken = Files.writeString(folder.resolve(SECRET + ".png"), "no image");
    HttpResponse<String> response =
        post("predict", form(List.of(image, broken, image)), "multipart/form-data; boundary=edge");
    assertEquals(200, response.statusCode(), response.body());
    JsonNode answers = json(response.body());
    assertEquals(3, answers.size());
    assertSays(predicted(), answers.get(0));
    assertEquals(image.getFileName().toString(), answers.get(0).get("file").asText());
    assertEquals(SECRET + ".png", answers.get(1).get("file").asText());
    assertTrue(answers.get(1).get("error").asText().startsWith("is no whole"), response.body());
    assertEquals(answers.get(0), answers.get(2));
  }

  @Test
  void whatIsNoImageIsRefusedWithTheReason() {
    assertEquals(422, post("predict", BodyPublishers.ofString("no"), "image/png").statusCode());
    assertEquals(422, post("explain", BodyPublishers.ofString("no"), "image/png").statusCode());
    assertEquals(400, post("predict", BodyPublishers.noBody(), "image/png").statusCode());
    String form = "multipart/form-data; boundary=edge";
    assertEquals(400, post("predict", BodyPublishers.ofString("--edg"), form).statusCode());
    assertEquals(400, post("predict", BodyPublishers.ofString("--edge--\r\n"), form).statusCode());
    String fields = "application/x-www-form-urlencoded";
    assertEquals(422, post("predict", BodyPublishers.ofString("a=b"), fields).statusCode());
    assertEquals(404, get("nothing").statusCode());
    assertEquals(405, get("predict").statusCode());
    assertEquals(405, post("v2", BodyPublishers.noBody(), "text/plain").statusCode());
  }

  @Test
  void tooManyImagesOrBytesAreRefused() throws IOException {
    String form = "multipart/form-data; boundary=edge";
    HttpResponse<String> many = post("predict", form(Collections.nCopies(65, image)), form);
    assertEquals(413, many.statusCode(), many.body());
    String head = raw("POST /predict HTTP/1.1", "Host: localhost", "Content-Length: 99999999999");
    assertTrue(head.startsWith("HTTP/1.1 413"), head);
    InputStream endless =
        new InputStream() {
          @Override
          public int read() {
            return 0;
          }

          @Override
          public int read(byte[] target, int from, int length) {
            return length;
          }
        };
    CompletableFuture<HttpResponse<String>> sent =
        client.sendAsync(
            to(service, "predict").POST(BodyPublishers.ofInputStream(() -> endless)).build(),
            BodyHandlers.ofString());
    try {
      assertEquals(413, sent.join().statusCode());
    } catch (CompletionException e) {
      assertTrue(e.getCause() instanceof IOException, e.toString()); // Cut off while it sends.
    }
  }

  /** What the service answers to a head that Java's client would not send. */
  private static String raw(String... lines) throws IOException {
    URI address = service.address();
    try (Socket socket = new Socket(address.getHost(), address.getPort())) {
      String head = String.join("\r\n", lines) + "\r\nConnection: close\r\n\r\n";
      socket.getOutputStream().write(head.getBytes(StandardCharsets.UTF_8));
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  @Test
  void aForeignHostOrThePageOfAnotherSiteIsRefused() throws IOException {
    assertTrue(raw("GET / HTTP/1.1", "Host: evil.example").startsWith("HTTP/1.1 421"));
    assertTrue(raw("GET / HTTP/1.1", "Host: localhost:1").startsWith("HTTP/1.1 200"));
    String own = "127.0.0.1:" + service.address().getPort();
    for (String origin : List.of("http://evil.example", "null", "http://evil." + own)) {
      String answer =
          raw("POST /predict HTTP/1.1", "Host: " + own, "Origin: " + origin, "Content-Length: 0");
      assertTrue(answer.startsWith("HTTP/1.1 403"), answer);
    }
    String same =
        raw("POST /predict HTTP/1.1", "Host: " + own, "Origin: http://" + own, "Content-Length: 0");
    assertTrue(same.startsWith("HTTP/1.1 400"), same);
  }

  @Test
  void withATokenNothingOfTheRunIsToldWithoutIt() throws IOException {
    try (Service guarded = start(Optional.of(TOKEN), List.of())) {
      for (String path : List.of("model", "metrics", "report", "v2", "openapi.json")) {
        assertEquals(401, send(to(guarded, path)).statusCode(), path);
        for (String wrong : List.of("Bearer " + TOKEN + "0", "Basic " + TOKEN, "Bearer ")) {
          int status = send(to(guarded, path).header("Authorization", wrong)).statusCode();
          assertEquals(401, status, path + " " + wrong);
        }
        int status =
            send(to(guarded, path).header("Authorization", "Bearer " + TOKEN)).statusCode();
        assertEquals(200, status, path);
      }
      assertEquals(
          401, send(to(guarded, "predict").POST(BodyPublishers.ofFile(image))).statusCode());
      assertEquals(200, send(to(guarded, "")).statusCode());
      assertEquals(200, send(to(guarded, "v2/health/ready")).statusCode());
    }
  }

  @Test
  void theV2ProtocolTellsOfTheModelAndAnswersForPixels() throws IOException {
    assertEquals("pneuma", json(get("v2").body()).get("name").asText());
    assertTrue(json(get("v2/health/live").body()).get("live").asBoolean());
    JsonNode model = json(get("v2/models/run").body());
    assertEquals(json("[-1, 3, 32, 32]"), model.at("/inputs/0/shape"));
    assertTrue(json(get("v2/models/run/versions/1/ready").body()).get("ready").asBoolean());
    assertEquals(404, get("v2/models/other").statusCode());

    ImagePipeline pipeline = ImagePipeline.plain(32);
    FloatBuffer pixels = FloatBuffer.allocate(pipeline.length());
    pipeline.read(image, pixels);
    List<Float> data = new ArrayList<>();
    for (float value : pixels.array()) {
      data.add(value);
    }
    String request =
        JSON.writeValueAsString(
            Map.of(
                "id",
                "7",
                "inputs",
                List.of(
                    Map.of(
                        "name",
                        "images",
                        "datatype",
                        "FP32",
                        "shape",
                        List.of(1, 3, 32, 32),
                        "data",
                        List.of(data)))));
    HttpResponse<String> response = infer(request);
    assertEquals(200, response.statusCode(), response.body());
    JsonNode said = json(response.body());
    JsonNode wanted = predicted();
    assertEquals("7", said.get("id").asText());
    assertEquals("NORMAL|PNEUMONIA", said.at("/parameters/classes").asText());
    double normal = wanted.at("/probabilities/NORMAL").asDouble();
    assertEquals(normal, said.at("/outputs/0/data/0").asDouble(), 1e-6);
    assertEquals(wanted.get("label"), said.at("/outputs/1/data/0"));

    String head =
        "{\"inputs\":[{\"name\":\"images\",\"datatype\":\"FP32\",\"shape\":[1,3,32,32],"
            + "\"parameters\":{\"binary_data_size\":12288}}],\"outputs\":[{\"name\":\"label\"}]}";
    ByteBuffer body = ByteBuffer.allocate(head.length() + 12288).order(ByteOrder.LITTLE_ENDIAN);
    body.put(head.getBytes(StandardCharsets.UTF_8)).asFloatBuffer().put(pixels.array());
    HttpResponse<String> binary =
        send(
            to(service, "v2/models/run/infer")
                .header("Inference-Header-Content-Length", "" + head.length())
                .POST(BodyPublishers.ofByteArray(body.array())));
    assertEquals(200, binary.statusCode(), binary.body());
    assertEquals(1, json(binary.body()).get("outputs").size());
    assertEquals(wanted.get("label"), json(binary.body()).at("/outputs/0/data/0"));
  }

  private HttpResponse<String> infer(String request) {
    return post("v2/models/run/infer", BodyPublishers.ofString(request), "application/json");
  }

  @Test
  void aWrongInferenceRequestIsToldWhatWasExpected() {
    String input = "{\"inputs\":[{\"name\":\"%s\",\"datatype\":\"%s\",\"shape\":%s,\"data\":%s}]}";
    for (String wrong :
        List.of(
            "no JSON",
            "[]",
            "{\"inputs\":[]}",
            "{\"inputs\":7}",
            input.formatted("other", "FP32", "[1,3,32,32]", "[0]"),
            input.formatted("images", "INT8", "[1,3,32,32]", "[0]"),
            input.formatted("images", "FP32", "[1,3,32]", "[0]"),
            input.formatted("images", "FP32", "[99999999999,3,32,32]", "[0]"),
            input.formatted("images", "FP32", "[-1,3,32,32]", "[0]"),
            input.formatted("images", "FP32", "[1,3,32,32]", "[0]"),
            input.formatted("images", "FP32", "[1,3,32,32]", "[\"0\"]"),
            input.formatted("images", "FP32", "[1,3,32,32]", Collections.nCopies(3072, 255)))) {
      HttpResponse<String> response = infer(wrong);
      assertEquals(400, response.statusCode(), wrong + response.body());
      assertFalse(json(response.body()).get("error").asText().isEmpty());
    }
  }

  @Test
  void everyAddressOfTheDescriptionAnswersAndIsMeasured() {
    JsonNode paths = json(get("openapi.json").body()).get("paths");
    List<String> names = new ArrayList<>();
    paths.fieldNames().forEachRemaining(names::add);
    for (String name : names) {
      String path = name.substring(1).replace("{name}", "run");
      int status = get(path).statusCode();
      assertEquals(paths.get(name).has("get") ? 200 : 405, status, name);
    }
    String metrics = get("metrics").body();
    for (String name : names) {
      assertTrue(metrics.contains("endpoint=\"" + name + "\""), name + " in " + metrics);
    }
    assertTrue(metrics.contains("pneuma_queue_images 0.0"), metrics);
    assertFalse(metrics.contains("endpoint=\"/v2/models/run"), metrics);
  }

  @Test
  void aServiceThatEndsAnswersWhatIsUnderWay() throws IOException {
    Service ending = start(Optional.empty(), List.of());
    URI address = ending.address();
    CompletableFuture<Void> closed;
    try (Socket socket = new Socket(address.getHost(), address.getPort())) {
      byte[] body = Files.readAllBytes(image);
      String head =
          "POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n"
              .formatted(body.length);
      socket.getOutputStream().write(head.getBytes(StandardCharsets.UTF_8));
      socket.getOutputStream().write(body, 0, 10);
      assertTrue(isAnswering(address)); // By then it has come to what was sent before.
      closed = CompletableFuture.runAsync(ending::close);
      int sent = 10;
      while (isAnswering(address)) {
        if (sent < body.length - 1) { // A client that sends nothing would be given up.
          socket.getOutputStream().write(body, sent++, 1);
        }
      }
      socket.getOutputStream().write(body, sent, body.length - sent);
      String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertTrue(answer.startsWith("HTTP/1.1 200"), answer);
    }
    closed.join();
    assertThrows(IOException.class, () -> new Socket(address.getHost(), address.getPort()));
  }

  private boolean isAnswering(URI of) {
    try {
      return send(HttpRequest.newBuilder(of.resolve("v2/health/live"))).statusCode() == 200;
    } catch (CompletionException e) {
      return false; // The connection is closed.
    }
  }

  @Test
  void manyAtATimeAreAnsweredAlike() throws IOException {
    JsonNode wanted = predicted();
    List<CompletableFuture<HttpResponse<String>>> sent = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      HttpRequest request = to(service, "predict").POST(BodyPublishers.ofFile(image)).build();
      sent.add(client.sendAsync(request, BodyHandlers.ofString()));
    }
    for (CompletableFuture<HttpResponse<String>> response : sent) {
      assertEquals(200, response.join().statusCode(), response.join().body());
      assertSays(wanted, json(response.join().body()));
    }
  }

  @Test
  void thePageAnswersForADroppedFile() throws IOException {
    try (Service guarded = start(Optional.of(TOKEN), List.of(OBJECTION));
        Chromium browser = Chromium.start(folder.resolve("profile"))) {
      look(browser, service, "serve");
      assertEquals(2L, browser.await("document.querySelectorAll('article img').length"));
      browser.screenshot(Path.of("target/pages/serve-answer.png"));

      browser.open(guarded.address());
      browser.await("document.getElementById('token').offsetParent");
      browser.await(type("wrong wrong wrong"));
      browser.await("!document.getElementById('wrong').hidden");
      browser.await(type(TOKEN));
      drop(browser);
      browser.await("document.querySelectorAll('article img').length == 1");
      String why = (String) browser.await("document.getElementById('objections').textContent");
      assertTrue(why.contains(OBJECTION), why);
      assertEquals(
          List.of(),
          browser.requests().stream()
              .filter(address -> !address.matches("(http://127.0.0.1:.*|data:.*|blob:.*)"))
              .toList());
    }
  }

  private static void look(Chromium browser, Service at, String name) {
    browser.open(at.address());
    browser.await("document.getElementById('work').offsetParent");
    browser.screenshot(Path.of("target/pages/" + name + ".png"));
    drop(browser);
    browser.await("document.querySelector('input.slide')");
    String label =
        (String) browser.await("document.querySelector('.answer').firstChild.textContent");
    assertTrue(label.equals("NORMAL") || label.equals("PNEUMONIA"), label);
    assertEquals(List.of(), browser.complaints());
  }

  private static String type(String token) {
    return ("(() => { document.getElementById('token').value = '%s';"
            + " document.querySelector('#ask button').click(); return true; })()")
        .formatted(token);
  }

  /** Drops the image on the page, as a hand would. */
  private static void drop(Chromium browser) {
    String bytes;
    try {
      bytes = Base64.getEncoder().encodeToString(Files.readAllBytes(image));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    browser.await("document.getElementById('work').offsetParent");
    browser.await(
        ("(() => { const bytes = Uint8Array.from(atob('%s'), c => c.charCodeAt(0));"
                + " const data = new DataTransfer();"
                + " data.items.add(new File([bytes], 'dropped.png'));"
                + " document.getElementById('place').dispatchEvent(new DragEvent('drop',"
                + " {bubbles: true, cancelable: true, dataTransfer: data})); return true; })()")
            .formatted(bytes));
    browser.await("document.querySelector('.answer')");
  }

  @Test
  void whatWouldOpenTheServiceToOthersIsRefused() throws IOException {
    for (List<Object> wrong :
        List.<List<Object>>of(
            List.of("--host", "0.0.0.0"),
            List.of("--port", "70000"),
            List.of("--token-file", folder.resolve("none")),
            List.of("--token-file", Files.writeString(folder.resolve("short"), "short\n")),
            List.of("--host", "0.0.0.0", "--token-file", Files.createFile(folder.resolve("no"))))) {
      CliResult result =
          CliResult.of(
              Stream.concat(Stream.of("serve", "--run", run.root()), wrong.stream()).toArray());
      assertEquals(2, result.exitCode(), wrong + result.err());
      assertTrue(
          result.err().contains(wrong.get(wrong.size() == 4 ? 2 : 0).toString()), result.err());
    }
    int taken = service.address().getPort();
    CliResult result = CliResult.of("serve", "--run", run.root(), "--port", taken);
    assertEquals(1, result.exitCode());
    assertTrue(result.err().contains("choose another --port"), result.err());
  }
}
