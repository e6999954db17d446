package io.pneuma.serving;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.util.Promise;

/** Reads what clients send into memory: never more than there is room for, never for ever. */
final class Bodies {
  /** Bytes of one request; the largest X-rays have about 40 million. */
  static final int MOST_BYTES = 64 << 20;

  private static final int SECONDS = 60;
  private static final int TOO_SLOW = 408;
  private static final int TOO_LARGE = 413;
  private static final int UNAVAILABLE = 503;
  private static final int KIB = 1024;

  /** KiB of the heap that bodies may take together. */
  private final Semaphore room =
      new Semaphore(
          (int) Math.max(2L * MOST_BYTES / KIB, Runtime.getRuntime().maxMemory() / 4 / KIB));

  /**
   * Begins to read a body.
   *
   * @return the bytes; fails with a {@link RefusedException}
   */
  CompletableFuture<byte[]> read(Request request) {
    long length = request.getLength();
    if (length > MOST_BYTES) {
      throw tooLarge();
    }
    int wanted = 1 + (int) ((length < 0 ? MOST_BYTES : length) / KIB);
    if (!room.tryAcquire(wanted)) {
      throw new RefusedException(
          UNAVAILABLE, "too many requests are under way; try again in a moment");
    }
    Request.addCompletionListener(request, failure -> room.release(wanted));
    CompletableFuture<byte[]> body = new CompletableFuture<>();
    Content.Source.asByteArrayAsync(request, MOST_BYTES, Promise.Invocable.toPromise(body));
    return body.orTimeout(SECONDS, TimeUnit.SECONDS)
        .handle(
            (bytes, failure) -> {
              if (failure == null) {
                return bytes;
              }
              Throwable cause =
                  failure instanceof CompletionException ? failure.getCause() : failure;
              if (cause instanceof TimeoutException) {
                throw new RefusedException(TOO_SLOW, "the request did not come within a minute");
              }
              throw cause instanceof IllegalStateException
                  ? tooLarge()
                  : new CompletionException(cause);
            });
  }

  private static RefusedException tooLarge() {
    return new RefusedException(
        TOO_LARGE, "a request may have " + (MOST_BYTES >> 20) + " MiB; send the images in several");
  }
}
