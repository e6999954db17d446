package io.pneuma.monitor;

import io.vertx.core.AsyncResult;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.ServerSocket;
import java.net.SocketException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.UnknownHostException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.deeplearning4j.core.storage.StatsStorage;
import org.deeplearning4j.ui.model.stats.impl.SbeStatsInitializationReport;
import org.deeplearning4j.ui.model.stats.impl.SbeStatsReport;
import org.deeplearning4j.ui.model.storage.InMemoryStatsStorage;
import org.deeplearning4j.ui.model.storage.impl.SbeStorageMetaData;

/**
 * Deeplearning4j's training UI, listening at one address of this machine and at no other, since it
 * asks nobody for a password.
 */
public final class TrainingUi implements AutoCloseable {
  private static final int LAST_PORT = 0xFFFF;
  private static final int PORTS_TRIED = 100;
  private static final String MEND_HOST =
      "; set monitor.host or --host to 127.0.0.1 or to an address of this machine";

  private final Vertx vertx;
  private final LocalUiServer server;
  private final ShownRuns runs;
  private final URI address;
  private final StatsStorage bell = new InMemoryStatsStorage();

  private TrainingUi(Vertx vertx, LocalUiServer server, ShownRuns runs, URI address) {
    this.vertx = vertx;
    this.runs = runs;
    this.server = server;
    this.address = address;
    server.attach(bell);
  }

  /**
   * Starts the server; it answers when this returns.
   *
   * @param host a name or address of this machine, 127.0.0.1 unless others are meant to see the run
   * @param port 0 for any free one; where another program uses it, the next free one is taken
   * @throws MonitorException when it cannot listen there
   */
  public static TrainingUi start(String host, int port) {
    InetAddress local = addressOfThisMachine(host, port);
    // One thread draws all pages. A page of a deep network may take it seconds, which is no fault.
    Vertx vertx =
        Vertx.vertx(
            new VertxOptions()
                .setEventLoopPoolSize(1)
                .setMaxEventLoopExecuteTime(1)
                .setMaxEventLoopExecuteTimeUnit(TimeUnit.MINUTES));
    ShownRuns runs = new ShownRuns();
    LocalUiServer server = new LocalUiServer(local, firstFree(local, port), runs);
    CompletableFuture<String> started = new CompletableFuture<>();
    vertx.deployVerticle(server, completing(started));
    try {
      started.join();
    } catch (CompletionException e) {
      close(vertx);
      throw cannotListen(host, port, e);
    }
    return new TrainingUi(vertx, server, runs, uri(local, server.getPort()));
  }

  /**
   * Refuses a place where nothing can listen, before any work is done for what would be shown
   * there.
   *
   * @throws MonitorException when the host is not this machine's, or the port is none
   */
  public static void check(String host, int port) {
    addressOfThisMachine(host, port);
  }

  private static int firstFree(InetAddress address, int port) {
    for (int next = port; next != 0 && next < Math.min(LAST_PORT, port + PORTS_TRIED); next++) {
      if (isFree(address, next)) {
        return next;
      }
    }
    return port; // For its failure to be told.
  }

  private static boolean isFree(InetAddress address, int port) {
    try (ServerSocket probe = new ServerSocket()) {
      probe.setReuseAddress(true);
      probe.bind(new InetSocketAddress(address, port));
      return true;
    } catch (IOException e) {
      return false; // In use, or not this user's.
    }
  }

  /** Where a browser finds the UI. */
  public URI address() {
    return address;
  }

  /** What to say where another port was taken than was asked for; empty where it was not. */
  public String remark(int asked) {
    return asked == 0 || asked == address.getPort()
        ? ""
        : " (port " + asked + " is in use; this is the next free one)";
  }

  /** Where a browser finds the searches among the runs shown. */
  public URI searches() {
    return address.resolve("/arbiter");
  }

  /** Adds a run to the pages: one that is training, or a past one. */
  public void show(RunStats stats) {
    runs.add(stats.session(), stats.folder(), stats.storage());
    server.attach(stats.storage());
  }

  /** Stops the server and its threads; the port is free when this returns. */
  @Override
  public void close() {
    server.getStatsStorageInstances().stream().filter(s -> s != bell).forEach(server::detach);
    close(vertx);
    // The server's queue thread sees that it is to end only when something comes.
    bell.putStorageMetaData(
        new SbeStorageMetaData(
            0, "end", "end", "end", SbeStatsInitializationReport.class, SbeStatsReport.class));
  }

  static URI uri(InetAddress address, int port) {
    String host = address.isAnyLocalAddress() ? "localhost" : address.getHostAddress();
    try {
      return new URI("http", null, host, port, null, null, null);
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  private static InetAddress addressOfThisMachine(String host, int port) {
    if (port < 0 || port > LAST_PORT) {
      throw new MonitorException(
          refusal(host, port) + "ports are 0 to 65535; set monitor.port or --port to one of them");
    }
    try {
      InetAddress address = InetAddress.getByName(host);
      if (address.isAnyLocalAddress() || NetworkInterface.getByInetAddress(address) != null) {
        return address;
      }
      throw new MonitorException(
          refusal(host, port) + "that address is another machine's" + MEND_HOST);
    } catch (UnknownHostException e) {
      throw new MonitorException(refusal(host, port) + "no such host is known" + MEND_HOST, e);
    } catch (SocketException e) {
      throw new MonitorException(refusal(host, port) + e.getMessage() + MEND_HOST, e);
    }
  }

  private static MonitorException cannotListen(String host, int port, Throwable failure) {
    Throwable cause = failure;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    String reason =
        cause instanceof BindException ? "another program uses that port" : cause.getMessage();
    return new MonitorException(
        refusal(host, port)
            + reason
            + "; set monitor.port or --port to a free port, 0 for any, or train with --no-ui",
        failure);
  }

  private static String refusal(String host, int port) {
    return "the training UI cannot listen on " + host + " port " + port + ": ";
  }

  private static void close(Vertx vertx) {
    CompletableFuture<Void> closed = new CompletableFuture<>();
    vertx.close(completing(closed));
    closed.join();
  }

  private static <T> Handler<AsyncResult<T>> completing(CompletableFuture<T> future) {
    return result -> {
      if (result.succeeded()) {
        future.complete(result.result());
      } else {
        future.completeExceptionally(result.cause());
      }
    };
  }
}
