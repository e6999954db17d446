package io.pneuma.serving;

import io.pneuma.evaluation.OperatingPoint;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.URIUtil;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Every address of a service and what answers there. */
final class Endpoints extends Handler.Abstract {
  private static final Logger LOG = LoggerFactory.getLogger(Endpoints.class);
  private static final int BAD_REQUEST = 400;
  private static final int NOT_FOUND = 404;
  private static final int NOT_ALLOWED = 405;
  private static final int FAILED = 500;
  private static final int UNAVAILABLE = 503;

  /** The page and the report bring all that they show, and send nothing elsewhere. */
  private static final String FROM_HERE_ONLY =
      "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:"
          + " blob:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors"
          + " 'none'";

  private final ServedRun served;
  private final String version;
  private final Gate gate;
  private final Meters meters;
  private final PredictEndpoint predict;
  private final InferEndpoint infer;
  private final MapEndpoint maps;
  private final Bodies bodies = new Bodies();
  private final Answered page = Answered.html(resource("page.html"));
  private final byte[] openApi = resource("openapi.json").getBytes(StandardCharsets.UTF_8);

  Endpoints(
      ServedRun served,
      String version,
      Gate gate,
      Meters meters,
      BatchQueue queue,
      MapEndpoint maps) {
    this.served = served;
    this.version = version;
    this.gate = gate;
    this.meters = meters;
    this.predict = new PredictEndpoint(served.predictor(), queue);
    this.infer = new InferEndpoint(served, queue);
    this.maps = maps;
  }

  private static String resource(String name) {
    try (InputStream in = Endpoints.class.getResourceAsStream(name)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) {
    long start = System.nanoTime();
    String endpoint = endpoint(URIUtil.decodePath(Request.getPathInContext(request)));
    CompletableFuture<Answered> answer;
    try {
      gate.require(request);
      answer = answer(endpoint, request);
    } catch (RuntimeException e) {
      answer = CompletableFuture.failedFuture(e);
    }
    var unused =
        answer
            .exceptionally(Endpoints::failure)
            .thenAccept(
                given ->
                    write(
                        given,
                        request,
                        response,
                        Callback.from(
                            callback,
                            () ->
                                meters.request(
                                    endpoint, given.status(), (System.nanoTime() - start) / 1e9))));
    return true;
  }

  /** The address without what differs from model to model; what is not known is one. */
  private String endpoint(String path) {
    String model = "/v2/models/" + served.name();
    if (path.startsWith(model)) {
      String rest = path.substring(model.length());
      String version = "/versions/" + InferEndpoint.VERSION;
      rest = rest.startsWith(version) ? rest.substring(version.length()) : rest;
      if (List.of("", "/ready", "/infer").contains(rest)) {
        return "/v2/models/{name}" + rest;
      }
    }
    return switch (path) {
      case "/",
          "/explain",
          "/metrics",
          "/model",
          "/openapi.json",
          "/predict",
          "/report",
          "/v2",
          "/v2/health/live",
          "/v2/health/ready" ->
          path;
      default -> "other";
    };
  }

  private CompletableFuture<Answered> answer(String endpoint, Request request) {
    return switch (endpoint) {
      case "/predict" ->
          body(request)
              .thenCompose(
                  body -> predict.answer(body, request.getHeaders().get(HttpHeader.CONTENT_TYPE)));
      case "/explain" -> body(request).thenCompose(maps::answer);
      case "/v2/models/{name}/infer" ->
          body(request).thenCompose(body -> infer.answer(body, jsonBytes(request, body)));
      default -> {
        Answered given = shown(endpoint);
        if (!HttpMethod.GET.is(request.getMethod()) && !HttpMethod.HEAD.is(request.getMethod())) {
          throw new RefusedException(NOT_ALLOWED, "this address is asked by GET");
        }
        yield CompletableFuture.completedFuture(given);
      }
    };
  }

  private Answered shown(String endpoint) {
    return switch (endpoint) {
      case "/" -> page;
      case "/metrics" -> new Answered(Answered.OK, Meters.CONTENT_TYPE, meters.text());
      case "/model" -> Answered.json(model());
      case "/openapi.json" -> new Answered(Answered.OK, "application/json", openApi);
      case "/report" -> report();
      case "/v2" -> infer.server(version);
      case "/v2/health/live" -> Answered.json(Map.of("live", true));
      case "/v2/health/ready" -> Answered.json(Map.of("ready", true));
      case "/v2/models/{name}" -> infer.model();
      case "/v2/models/{name}/ready" -> infer.ready();
      default -> throw new RefusedException(NOT_FOUND, "there is nothing at this address");
    };
  }

  private CompletableFuture<byte[]> body(Request request) {
    if (!HttpMethod.POST.is(request.getMethod())) {
      throw new RefusedException(NOT_ALLOWED, "this address is asked by POST");
    }
    // Read on its own time; what follows takes a thread of the server's, not the reader's.
    return bodies.read(request).thenApplyAsync(bytes -> bytes, getServer().getThreadPool());
  }

  private static int jsonBytes(Request request, byte[] body) {
    String length = request.getHeaders().get("Inference-Header-Content-Length");
    try {
      return length == null ? body.length : Integer.parseInt(length);
    } catch (NumberFormatException e) {
      throw new RefusedException(BAD_REQUEST, "Inference-Header-Content-Length is no number");
    }
  }

  /** What the page says of the run. */
  private Map<String, Object> model() {
    OperatingPoint point = served.predictor().point();
    Map<String, Object> model = new LinkedHashMap<>();
    model.put("name", served.name());
    model.put("version", version);
    model.put("classes", served.predictor().labels());
    model.put("positiveClass", point.positiveClass());
    model.put("threshold", served.predictor().labels().size() == 2 ? point.threshold() : null);
    model.put("rule", point.rule());
    model.put("coverage", point.conformal() == null ? null : point.conformal().coverage());
    model.put("mapObjections", served.objections());
    model.put("report", Files.isRegularFile(served.run().report()));
    return model;
  }

  private Answered report() {
    try {
      if (Files.isRegularFile(served.run().report())) {
        return Answered.html(Files.readString(served.run().report()));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    throw new RefusedException(NOT_FOUND, "this run has no report; ./run.sh report writes it");
  }

  private static Answered failure(Throwable failure) {
    Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
    if (cause instanceof RefusedException refused) {
      return Answered.error(refused.status(), refused.getMessage());
    }
    LOG.error("a request failed: {}", cause.getClass().getName()); // Its message may tell a name.
    return Answered.error(FAILED, "the request failed; the server's log says of what kind it was");
  }

  private static void write(Answered given, Request request, Response response, Callback callback) {
    response.setStatus(given.status());
    response
        .getHeaders()
        .put(HttpHeader.CONTENT_TYPE, given.type())
        .put(HttpHeader.CACHE_CONTROL, "no-store")
        .put("Content-Security-Policy", FROM_HERE_ONLY)
        .put("Cross-Origin-Resource-Policy", "same-origin")
        .put("Referrer-Policy", "no-referrer")
        .put("X-Content-Type-Options", "nosniff");
    if (given.status() == UNAVAILABLE) {
      response.getHeaders().put(HttpHeader.RETRY_AFTER, 1);
    }
    if (given.status() >= BAD_REQUEST
        && Request.getContentBytesRead(request) == 0
        && request.getLength() != 0) {
      response.getHeaders().put(HttpHeader.CONNECTION, "close"); // A body may still be coming.
    }
    response.write(true, ByteBuffer.wrap(given.body()), callback);
  }
}
