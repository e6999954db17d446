package io.pneuma.monitor;

import io.vertx.core.Context;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import java.io.File;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.net.InetAddress;
import org.deeplearning4j.ui.VertxUIServer;

/**
 * Deeplearning4j's UI server at one address. The original listens on all of them, and on the port
 * of a system property; it asks the {@link Vertx} that it is initialised with for its HTTP server,
 * so it is handed one whose server knows its place.
 */
final class LocalUiServer extends VertxUIServer {
  private final InetAddress address;
  private final int port;
  private final ShownRuns runs;

  /**
   * A server that is not yet started.
   *
   * @param port 0 for any free one
   */
  LocalUiServer(InetAddress address, int port, ShownRuns runs) {
    this.address = address;
    this.port = port;
    this.runs = runs;
  }

  @Override
  public void init(Vertx vertx, Context context) {
    super.init(
        proxy(
            Vertx.class,
            (method, arguments) ->
                method.getName().equals("createHttpServer")
                    ? local(vertx.createHttpServer())
                    : call(vertx, method, arguments)),
        context);
  }

  @Override
  public void start(Promise<Void> started) throws Exception {
    long before = System.currentTimeMillis();
    super.start(started);
    // A folder for uploads, named after the time, and LocalPages lets no upload in.
    for (long time = before; time <= System.currentTimeMillis(); time++) {
      new File(System.getProperty("java.io.tmpdir"), "DL4JUI_" + time).delete();
    }
  }

  @Override
  public String getAddress() {
    return TrainingUi.uri(address, getPort()).toString();
  }

  private HttpServer local(HttpServer server) {
    HttpServer[] self = new HttpServer[1];
    self[0] =
        proxy(
            HttpServer.class,
            (method, arguments) -> {
              Object result =
                  switch (method.getName()) {
                    case "requestHandler" ->
                        server.requestHandler(new LocalPages(handler(arguments[0]), runs));
                    case "listen" ->
                        server.listen(port, address.getHostAddress(), handler(arguments[1]));
                    default -> call(server, method, arguments);
                  };
              return result == server ? self[0] : result;
            });
    return self[0];
  }

  @SuppressWarnings("unchecked") // the methods that this is used for take no other handler
  private static <T> Handler<T> handler(Object argument) {
    return (Handler<T>) argument;
  }

  /** What a proxy does instead of its target. */
  private interface Instead {
    Object call(Method method, Object[] arguments) throws Throwable;
  }

  private static <T> T proxy(Class<T> type, Instead instead) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (self, method, arguments) -> instead.call(method, arguments)));
  }

  private static Object call(Object target, Method method, Object[] arguments) throws Throwable {
    try {
      return method.invoke(target, arguments);
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
  }
}
