package io.pneuma.monitor;

import io.vertx.core.Handler;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;

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

  private final Handler<HttpServerRequest> pages;

  LocalPages(Handler<HttpServerRequest> pages) {
    this.pages = pages;
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
      pages.handle(request);
    }
  }
}
