package io.pneuma.serving;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Optional;
import java.util.Set;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.server.Request;

/**
 * Who may ask: whoever gives the token where there is one, and no page of another site. A foreign
 * name in Host is the sign of a page that had its name point here (DNS rebinding); an address in
 * numbers cannot be made to.
 */
final class Gate {
  /**
   * What tells nothing of the run, so that a browser can ask for the token and a watchdog need not.
   */
  private static final Set<String> OPEN = Set.of("/", "/v2/health/live", "/v2/health/ready");

  private static final String BEARER = "Bearer ";
  private static final int UNAUTHORIZED = 401;
  private static final int FORBIDDEN = 403;
  private static final int MISDIRECTED = 421;

  private final String host;
  private final Optional<String> token;

  /**
   * A gate of a service.
   *
   * @param host the name or address that it listens on
   */
  Gate(String host, Optional<String> token) {
    this.host = host;
    this.token = token;
  }

  /**
   * Lets a request pass.
   *
   * @throws RefusedException when it may not
   */
  void require(Request request) {
    String name = Request.getServerName(request);
    if (!isOwn(name)) {
      throw new RefusedException(
          MISDIRECTED, "this service is not called so; ask for it by its address or by --host");
    }
    String origin = request.getHeaders().get(HttpHeader.ORIGIN);
    String own = request.getHeaders().get(HttpHeader.HOST);
    if (origin != null && !HttpMethod.GET.is(request.getMethod()) && !isOf(origin, own)) {
      throw new RefusedException(FORBIDDEN, "a page of another site may not ask");
    }
    if (token.isPresent() && !OPEN.contains(Request.getPathInContext(request))) {
      String given = request.getHeaders().get(HttpHeader.AUTHORIZATION);
      if (given == null || !given.startsWith(BEARER) || !isToken(given)) {
        throw new RefusedException(UNAUTHORIZED, "give the token: Authorization: Bearer TOKEN");
      }
    }
  }

  private boolean isOwn(String name) {
    return name != null
        && (name.equalsIgnoreCase("localhost")
            || name.equalsIgnoreCase(host)
            || name.matches("\\d+\\.\\d+\\.\\d+\\.\\d+")
            || name.contains(":"));
  }

  private static boolean isOf(String origin, String own) {
    return own != null && origin.matches("https?://.*") && origin.endsWith("//" + own);
  }

  /** In a time that does not tell how much of it is right. */
  private boolean isToken(String given) {
    return MessageDigest.isEqual(
        given.substring(BEARER.length()).strip().getBytes(StandardCharsets.UTF_8),
        token.orElseThrow().getBytes(StandardCharsets.UTF_8));
  }
}
