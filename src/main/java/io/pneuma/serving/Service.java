package io.pneuma.serving;

import io.pneuma.platform.Processor;
import io.pneuma.prediction.Picture;
import io.pneuma.prediction.Predictor;
import java.io.IOException;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.handler.GracefulHandler;
import org.eclipse.jetty.util.thread.QueuedThreadPool;

/**
 * A run that answers over HTTP until it is closed: a page, {@code /predict}, KServe's V2 protocol,
 * metrics. docs/serving.md has every address, docs/decisions/serving.md why it is so.
 */
public final class Service implements AutoCloseable {
  /** Images that are computed together, if that is no fewer than one for each core. */
  private static final int BATCH = 8;

  private static final int MOST_THREADS = 32;
  private static final int IDLE_MILLIS = 30_000;

  /** How long a client may send nothing once the service ends. */
  private static final int LAST_MILLIS = 2_000;

  private static final int STOP_MILLIS = 30_000;

  private final ServedRun served;
  private final BatchQueue queue;
  private final MapEndpoint maps;
  private final Server server;
  private final ServerConnector connector;
  private URI address;

  private Service(ServedRun served, String version, String host, int port, Optional<String> token) {
    this.served = served;
    Meters meters = new Meters();
    QueuedThreadPool threads = new QueuedThreadPool(MOST_THREADS);
    threads.setName("http");
    threads.setDaemon(true);
    this.server = new Server(threads);
    HttpConfiguration http = new HttpConfiguration();
    http.setSendServerVersion(false);
    this.connector = new ServerConnector(server, 1, 1, new HttpConnectionFactory(http));
    connector.setHost(host);
    connector.setPort(port);
    connector.setIdleTimeout(IDLE_MILLIS);
    connector.setShutdownIdleTimeout(LAST_MILLIS);
    server.addConnector(connector);
    this.queue = new BatchQueue(served.predictor(), batchSize(), meters);
    this.maps = new MapEndpoint(served);
    GracefulHandler graceful =
        new GracefulHandler(
            new Endpoints(served, version, new Gate(host, token), meters, queue, maps));
    graceful.setShutdownIdleTimeout(LAST_MILLIS);
    server.setHandler(graceful);
    server.setStopTimeout(STOP_MILLIS);
  }

  private static int batchSize() {
    return Math.max(BATCH, Processor.cores());
  }

  /**
   * Compiles the network, then listens. What was served is closed with the service, also when it
   * cannot be started.
   *
   * @param version of the program
   * @param port 0 for any that is free
   * @param token that every request must give; empty where it serves this machine alone
   * @throws IOException when it cannot listen there
   */
  public static Service start(
      ServedRun served, String version, String host, int port, Optional<String> token)
      throws IOException {
    Service service = new Service(served, version, host, port, token);
    try {
      Predictor predictor = served.predictor();
      Picture black = (rule, views, target) -> {};
      predictor.answer(List.of(predictor.start(black)), batchSize());
      service.server.start();
      String name = host.contains(":") ? "[" + host + "]" : host;
      service.address = URI.create("http://" + name + ":" + service.connector.getLocalPort() + "/");
      return service;
    } catch (Exception e) { // Jetty declares no less.
      service.close();
      if (e instanceof RuntimeException broken) {
        throw broken;
      }
      throw new IOException(
          host
              + ":"
              + port
              + ": cannot be listened on: "
              + e.getMessage()
              + "; choose another --port",
          e);
    }
  }

  /** Where it listens, or did. */
  public URI address() {
    return address;
  }

  /**
   * Takes no new requests, lets those under way end within half a minute, and frees the network.
   */
  @Override
  public void close() {
    try {
      server.stop();
    } catch (Exception e) { // Jetty declares no less.
      throw new IllegalStateException("the server did not stop", e);
    } finally {
      maps.close();
      queue.close();
      served.predictor().close();
    }
  }
}
