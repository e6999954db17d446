package io.pneuma.downloads;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.pneuma.weights.TestBytes;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** A server on this machine whose manners a test chooses. */
final class TestServer implements AutoCloseable {
  /** What was asked for: the range and its condition, or empty. */
  record Asked(String range, String ifRange) {}

  /** Answers one request. */
  interface Manner {
    void answer(HttpExchange exchange) throws IOException;
  }

  final List<Asked> asked = new CopyOnWriteArrayList<>();
  private final HttpServer server;
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private volatile Manner manner;

  TestServer(Manner manner) throws IOException {
    this.manner = manner;
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(threads);
    server.createContext(
        "/",
        exchange -> {
          asked.add(new Asked(header(exchange, "Range"), header(exchange, "If-Range")));
          try (exchange) {
            this.manner.answer(exchange);
          }
        });
    server.start();
  }

  void becomes(Manner next) {
    manner = next;
  }

  URI url(String path) {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + path);
  }

  /** The file at {@code /net.pth}, of that exact size and digest. */
  RemoteFile file(byte[] bytes) throws IOException {
    return file(OptionalLong.of(bytes.length), Optional.of(TestBytes.sha256(bytes)));
  }

  RemoteFile file(OptionalLong size, Optional<String> sha256) {
    return new RemoteFile("net.pth", url("/net.pth"), size, sha256, "./run.sh weights fetch net");
  }

  static String header(HttpExchange exchange, String name) {
    return Optional.ofNullable(exchange.getRequestHeaders().getFirst(name)).orElse("");
  }

  /** A server as it should be: parts on request, if the ETag still is the one asked for. */
  static Manner proper(byte[] bytes, String etag) {
    return exchange -> {
      exchange.getResponseHeaders().set("ETag", etag);
      String range = header(exchange, "Range");
      String condition = header(exchange, "If-Range");
      if (range.isEmpty() || !(condition.isEmpty() || condition.equals(etag))) {
        whole(bytes).answer(exchange);
        return;
      }
      int from = Integer.parseInt(range.replaceAll("bytes=(\\d+)-", "$1"));
      byte[] rest = Arrays.copyOfRange(bytes, from, bytes.length);
      exchange
          .getResponseHeaders()
          .set("Content-Range", "bytes " + from + "-" + (bytes.length - 1) + "/" + bytes.length);
      exchange.sendResponseHeaders(206, rest.length);
      exchange.getResponseBody().write(rest);
    };
  }

  /** A server that knows no ranges. */
  static Manner whole(byte[] bytes) {
    return exchange -> {
      exchange.sendResponseHeaders(200, bytes.length);
      exchange.getResponseBody().write(bytes);
    };
  }

  /** Announces all and ends the connection after the first bytes. */
  static Manner breakingOff(byte[] bytes, int after, String etag) {
    return exchange -> {
      if (!etag.isEmpty()) {
        exchange.getResponseHeaders().set("ETag", etag);
      }
      exchange.sendResponseHeaders(200, bytes.length);
      exchange.getResponseBody().write(bytes, 0, after);
      exchange.getResponseBody().flush();
    };
  }

  static Manner status(int status) {
    return exchange -> exchange.sendResponseHeaders(status, -1);
  }

  static Manner redirect(String location) {
    return exchange -> {
      exchange.getResponseHeaders().set("Location", location);
      exchange.sendResponseHeaders(302, -1);
    };
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
