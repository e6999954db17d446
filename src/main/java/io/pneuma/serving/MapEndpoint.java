package io.pneuma.serving;

import io.pneuma.explain.RunExplainer;
import io.pneuma.explain.ShownMap;
import io.pneuma.images.ImageBytes;
import io.pneuma.images.UnreadableImageException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Draws an image as a browser can show it, with the map of where the network looked where this
 * run's maps passed their checks. One at a time.
 */
final class MapEndpoint implements AutoCloseable {
  private static final int WAITING = 32;
  private static final int NO_IMAGE = 422;
  private static final int UNAVAILABLE = 503;

  private final ServedRun served;
  private final ThreadPoolExecutor drawing =
      new ThreadPoolExecutor(
          1,
          1,
          0,
          TimeUnit.SECONDS,
          new ArrayBlockingQueue<>(WAITING),
          task -> {
            Thread thread = new Thread(task, "maps");
            thread.setDaemon(true);
            return thread;
          });
  private RunExplainer explainer; // Of the drawing thread, made when it is first needed.

  MapEndpoint(ServedRun served) {
    this.served = served;
  }

  CompletableFuture<Answered> answer(byte[] body) {
    try {
      return CompletableFuture.supplyAsync(() -> draw(body), drawing);
    } catch (RejectedExecutionException e) {
      throw new RefusedException(
          UNAVAILABLE, "too many images are being drawn; try again in a moment");
    }
  }

  private Answered draw(byte[] body) {
    try {
      ImageBytes image = ImageBytes.of("the image", body, served.dicom());
      ShownMap shown =
          served.objections().isEmpty() ? ShownMap.of(image, explainer()) : ShownMap.without(image);
      Map<String, Object> answer = new LinkedHashMap<>();
      answer.put("image", address(shown.image()));
      if (shown.map() != null) {
        answer.put("map", address(shown.map()));
        answer.put("label", shown.label());
      } else {
        answer.put("objections", served.objections());
      }
      return Answered.json(answer);
    } catch (UnreadableImageException e) {
      return Answered.error(NO_IMAGE, e.reason());
    }
  }

  private RunExplainer explainer() {
    if (explainer == null) {
      try {
        explainer = served.maps().make();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return explainer;
  }

  private static String address(byte[] jpeg) {
    return "data:image/jpeg;base64," + Base64.getEncoder().encodeToString(jpeg);
  }

  /** Frees what was compiled. Nobody may wait for a map. */
  @Override
  public void close() {
    drawing.execute(
        () -> {
          if (explainer != null) {
            explainer.close();
          }
        });
    drawing.shutdown();
    try {
      if (!drawing.awaitTermination(1, TimeUnit.MINUTES)) {
        drawing.shutdownNow();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
