package io.pneuma.node;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** A DICOMweb server in the test's own process, which can be told to misbehave. */
final class FakeArchive implements AutoCloseable {
  /** The longest list that it gives, whatever it is asked for. */
  private static final int PAGE = 2;

  /** Files of X-rays by their number in {@link io.pneuma.dicom.TestDicom}. */
  final Map<Integer, byte[]> images = new ConcurrentSkipListMap<>();

  final List<byte[]> stored = new CopyOnWriteArrayList<>();

  /** What it answers to the next requests, each once; null for what is asked for. */
  final Queue<Manner> next = new ConcurrentLinkedQueue<>();

  /** What it answers to each store, if not null. */
  volatile Manner onStore;

  private final HttpServer server;
  private final ExecutorService threads = Executors.newCachedThreadPool();

  /** A status and a body. */
  record Manner(int status, String type, String body) {
    static Manner status(int status) {
      return new Manner(status, "text/plain", "PLANTED");
    }
  }

  FakeArchive() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(threads);
    server.createContext(
        "/dicom-web",
        exchange -> {
          try (exchange) {
            answer(exchange);
          }
        });
    server.start();
  }

  String url() {
    return "http://127.0.0.1:" + server.getAddress().getPort() + "/dicom-web";
  }

  private void answer(HttpExchange exchange) throws IOException {
    byte[] asked = exchange.getRequestBody().readAllBytes();
    boolean stores = exchange.getRequestMethod().equals("POST");
    Manner manner = next.poll();
    if (manner == null && stores) {
      manner = onStore;
    }
    if (manner != null) {
      send(
          exchange, manner.status(), manner.type(), manner.body().getBytes(StandardCharsets.UTF_8));
    } else if (stores) {
      store(exchange, asked);
    } else if (exchange.getRequestURI().getPath().endsWith("/instances")) {
      search(exchange);
    } else {
      String instance = exchange.getRequestURI().getPath().replaceFirst(".*/", "");
      int number =
          Integer.parseInt(instance.replaceFirst("\\.1\\.1$", "").replaceFirst(".*\\.", ""));
      Multipart.Body body = Multipart.of(List.of(images.get(number)));
      send(exchange, 200, body.type(), body.bytes());
    }
  }

  private void search(HttpExchange exchange) throws IOException {
    String query = exchange.getRequestURI().getQuery();
    int offset = Integer.parseInt(query.replaceFirst(".*offset=(\\d+).*", "$1"));
    List<String> items = new ArrayList<>();
    if (query.contains("Modality=DX")) {
      images.keySet().stream().skip(offset).limit(PAGE).forEach(number -> items.add(item(number)));
    }
    byte[] json = ("[" + String.join(",", items) + "]").getBytes(StandardCharsets.UTF_8);
    send(exchange, 200, "application/dicom+json", json);
  }

  static String item(int number) {
    return """
        {"00080016": {"vr": "UI", "Value": ["1.2.840.10008.5.1.4.1.1.1.1"]},
         "00080018": {"vr": "UI", "Value": ["%1$s.1.1"]},
         "00080060": {"vr": "CS", "Value": ["DX"]},
         "00100010": {"vr": "PN", "Value": [{"Alphabetic": "PLANTED^NAME"}]},
         "0020000D": {"vr": "UI", "Value": ["%1$s"]},
         "0020000E": {"vr": "UI", "Value": ["%1$s.1"]}}
        """
        .formatted(io.pneuma.dicom.TestDicom.study(number));
  }

  private void store(HttpExchange exchange, byte[] asked) throws IOException {
    String type = exchange.getRequestHeaders().getFirst("Content-Type");
    List<byte[]> files = Multipart.parts(new Multipart.Body(type, asked));
    stored.addAll(files);
    String each = "{\"00081155\": {\"vr\": \"UI\", \"Value\": [\"1.2\"]}}";
    String all = String.join(",", java.util.Collections.nCopies(files.size(), each));
    String json = "{\"00081199\": {\"vr\": \"SQ\", \"Value\": [" + all + "]}}";
    send(exchange, 200, "application/dicom+json", json.getBytes(StandardCharsets.UTF_8));
  }

  private static void send(HttpExchange exchange, int status, String type, byte[] body)
      throws IOException {
    exchange.getResponseHeaders().set("Content-Type", type);
    exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
    exchange.getResponseBody().write(body);
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
