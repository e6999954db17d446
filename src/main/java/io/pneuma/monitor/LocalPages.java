package io.pneuma.monitor;

import io.vertx.core.Handler;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * Lets through what the pages of the training UI need: reading. Deeplearning4j's server would also
 * store uploads of any size, and files are looked up by the path as it was sent. Its pages are told
 * to load nothing from other machines: the training may be on one without internet, and that X-rays
 * are being looked at is nobody's business.
 */
final class LocalPages implements Handler<HttpServerRequest> {
  private static final String FROM_HERE_ONLY = "default-src 'self' 'unsafe-inline' data:";
  private static final int NO_CONTENT = 204;
  private static final int BAD_REQUEST = 400;
  private static final int METHOD_NOT_ALLOWED = 405;

  /** Scripts of the pages, to whose ends this program's own are added. */
  private static final Map<String, String> SCRIPTS =
      Map.of("js/train/train.js", "training-pages.js", "dl4j-ui.js", "search-page.js");

  private static final String ASSETS = "/assets/";

  private static final String SEARCHES = "/arbiter";
  private static final String NO_SEARCH =
      "<!DOCTYPE html><title>Pneuma</title><body style='font-family: sans-serif; margin: 3em'>"
          + "<h1>No search</h1><p>None of the runs shown here is a search. <code>./run.sh ui --run"
          + " DIR</code> shows the search of that run directory.</p><p><a href='/train/overview'>The"
          + " trainings</a></p>";

  private final Handler<HttpServerRequest> pages;
  private final ShownRuns runs;

  LocalPages(Handler<HttpServerRequest> pages, ShownRuns runs) {
    this.pages = pages;
    this.runs = runs;
  }

  private static Optional<String> script(String path) {
    String original = path.startsWith(ASSETS) ? path.substring(ASSETS.length()) : "";
    return Optional.ofNullable(SCRIPTS.get(original))
        .map(
            own -> text("/deeplearning4jUiAssets/" + original) + text("/io/pneuma/monitor/" + own));
  }

  private static String text(String resource) {
    try (InputStream in = LocalPages.class.getResourceAsStream(resource)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void handle(HttpServerRequest request) {
    if (request.method() != HttpMethod.GET && request.method() != HttpMethod.HEAD) {
      request.response().setStatusCode(METHOD_NOT_ALLOWED).end();
    } else if (request.path() == null || request.path().contains("..")) {
      request.response().setStatusCode(BAD_REQUEST).end();
    } else if (request.path().equals("/favicon.ico")) { // Asked for by browsers; there is none.
      request.response().setStatusCode(NO_CONTENT).end();
    } else {
      request.response().putHeader("Content-Security-Policy", FROM_HERE_ONLY);
      Optional<Path> file = runs.file(request.path());
      Optional<String> script = script(request.path());
      if (file.isPresent() && Files.isRegularFile(file.get())) {
        request.response().sendFile(file.get().toString());
      } else if (file.isPresent()) {
        request.response().setStatusCode(NO_CONTENT).end();
      } else if (script.isPresent()) {
        request
            .response()
            .putHeader("Content-Type", "text/javascript; charset=utf-8")
            .end(script.get());
      } else if (request.path().equals(SEARCHES) && !runs.haveSearch()) {
        request.response().putHeader("Content-Type", "text/html; charset=utf-8").end(NO_SEARCH);
      } else {
        pages.handle(request);
      }
    }
  }
}
