package io.pneuma.downloads;

import io.pneuma.weights.WeightsException;
import java.net.ConnectException;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import java.nio.file.Path;
import java.time.Duration;

/** What a user is told when a file does not come: why, and what to do. */
final class FetchFailure {
  private final RemoteFile file;
  private final Path target;
  private final Duration stall;

  FetchFailure(RemoteFile file, Path target, Duration stall) {
    this.file = file;
    this.target = target;
    this.stall = stall;
  }

  /** The file cannot be had; a user may put it there by hand. */
  WeightsException of(String reason) {
    return of(reason, null);
  }

  WeightsException of(String reason, Exception cause) {
    return new WeightsException(
        target,
        "cannot be fetched from "
            + file.url()
            + ": "
            + reason
            + "; a copy from elsewhere ("
            + file.expectedDigest()
            + ") can be put at this path by hand, and "
            + file.fetchedBy()
            + " checks it",
        cause);
  }

  /**
   * Some of the file has come, and stays.
   *
   * @param total all bytes, or -1 where nobody knows
   */
  WeightsException brokenOff(long received, long total, String reason, Exception cause) {
    return new WeightsException(
        target,
        "the download from "
            + file.url()
            + " broke off after "
            + received
            + (total >= 0 ? " of " + total : "")
            + " bytes: "
            + reason
            + "; "
            + file.fetchedBy()
            + " goes on with it",
        cause);
  }

  /** A connection's failure in words. */
  String reason(Exception e) {
    if (e instanceof HttpTimeoutException) {
      return "nothing came for " + stall.toSeconds() + " s";
    }
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof UnresolvedAddressException) {
        return "the host is unknown (is there a network?)";
      }
    }
    if (e instanceof ConnectException) {
      return "no connection (is there a network?)";
    }
    return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
  }

  /** A status in words. */
  static String meaning(HttpResponse<?> response) {
    int status = response.statusCode();
    String where = response.headers().firstValue("Location").orElse("nowhere");
    String meaning =
        switch (status) {
          case 301, 302, 303, 307, 308 ->
              "it redirects once too often, or to what is not https: " + where;
          case 401, 403 -> "access is refused";
          case 404, 410 -> "there is no such file";
          case 429 -> "too many requests; try later";
          default -> status >= 500 ? "the server has a fault; try later" : "unexpected";
        };
    return "the server answers " + status + ": " + meaning;
  }
}
