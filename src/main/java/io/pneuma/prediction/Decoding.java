package io.pneuma.prediction;

import io.pneuma.platform.Workers;
import io.pneuma.prediction.Sight.Seen;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/** A picture that is being decoded for a predictor's networks. */
public final class Decoding {
  private final CompletableFuture<Map<Sight, Seen>> seen = new CompletableFuture<>();

  Decoding() {}

  /** Decodes it, unless it was given up. What goes wrong is for whoever waits for it. */
  void run(Callable<Map<Sight, Seen>> decoder) {
    if (seen.isDone()) {
      return;
    }
    try {
      seen.complete(decoder.call());
    } catch (Exception | Error e) {
      seen.completeExceptionally(e);
    }
  }

  /**
   * The picture as each network takes it, once it is decoded.
   *
   * @throws io.pneuma.images.UnreadableImageException when it gives no image
   */
  Map<Sight, Seen> await() throws IOException {
    return Workers.await(seen, "an image was decoded");
  }

  /**
   * Calls on the thread that decodes it, once it is done.
   *
   * @param action takes why there is no image; null where there is one
   */
  public void whenDone(Consumer<Throwable> action) {
    var unused = seen.whenComplete((image, failure) -> action.accept(failure));
  }

  /** Gives it up if it has not begun. */
  public void cancel() {
    seen.cancel(false);
  }
}
