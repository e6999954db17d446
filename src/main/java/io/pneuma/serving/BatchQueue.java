package io.pneuma.serving;

import io.pneuma.images.UnreadableImageException;
import io.pneuma.prediction.Decoding;
import io.pneuma.prediction.Picture;
import io.pneuma.prediction.Predictor;
import io.pneuma.prediction.Reply;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Pictures of all requests on their way to one predictor. Each is decoded at once, on all cores;
 * what is decoded is computed in batches by one thread, which waits for company only where some is
 * near.
 */
final class BatchQueue implements AutoCloseable {
  /** Images that may be under way; each takes its pixels. */
  static final int MOST = 256;

  private static final Logger LOG = LoggerFactory.getLogger(BatchQueue.class);
  private static final int UNAVAILABLE = 503;
  private static final long COMPANY_NANOS = 3_000_000;

  private final Predictor predictor;
  private final int batchSize;
  private final Meters meters;
  private final Semaphore room = new Semaphore(MOST);
  private final BlockingQueue<Asked> decoded = new LinkedBlockingQueue<>();
  private final Thread computing = new Thread(this::compute, "batches");

  private record Asked(Decoding picture, CompletableFuture<Reply> reply) {}

  /**
   * Starts the thread that computes.
   *
   * @param batchSize images that are computed together at most
   */
  BatchQueue(Predictor predictor, int batchSize, Meters meters) {
    this.predictor = predictor;
    this.batchSize = batchSize;
    this.meters = meters;
    meters.watchQueue(this::underWay);
    computing.setDaemon(true);
    computing.start();
  }

  private int underWay() {
    return MOST - room.availablePermits();
  }

  /**
   * Asks about pictures.
   *
   * @return the reply to each
   * @throws RefusedException when too many are under way
   */
  List<CompletableFuture<Reply>> ask(List<Picture> pictures) {
    if (!room.tryAcquire(pictures.size())) {
      throw new RefusedException(
          UNAVAILABLE, "too many images are under way; try again in a moment");
    }
    List<CompletableFuture<Reply>> replies = new ArrayList<>();
    for (Picture picture : pictures) {
      CompletableFuture<Reply> reply = new CompletableFuture<>();
      replies.add(reply);
      Decoding decoding = predictor.start(picture);
      decoding.whenDone(
          failure -> {
            if (failure == null || failure instanceof UnreadableImageException) {
              decoded.add(new Asked(decoding, reply));
            } else {
              fail(reply, failure);
            }
          });
    }
    return replies;
  }

  private void compute() {
    List<Asked> batch = new ArrayList<>();
    try {
      while (true) {
        batch.clear();
        batch.add(decoded.take());
        long end = System.nanoTime() + COMPANY_NANOS;
        decoded.drainTo(batch, batchSize - batch.size());
        while (batch.size() < batchSize && underWay() > batch.size()) {
          Asked next = decoded.poll(end - System.nanoTime(), TimeUnit.NANOSECONDS);
          if (next == null) {
            break;
          }
          batch.add(next);
        }
        answer(batch);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // It is closed.
    }
  }

  private void answer(List<Asked> batch) {
    try {
      List<Reply> replies =
          predictor.answer(batch.stream().map(Asked::picture).toList(), batchSize);
      meters.batch(batch.size());
      for (int i = 0; i < batch.size(); i++) {
        Reply reply = replies.get(i);
        room.release();
        meters.image(reply.problem() == null ? "answered" : "unreadable");
        batch.get(i).reply().complete(reply);
      }
    } catch (IOException | RuntimeException | Error e) { // The next batch may fare better.
      batch.forEach(asked -> fail(asked.reply(), e));
    }
  }

  /** Says no more than of what kind a failure is: its message may tell of the image. */
  private void fail(CompletableFuture<Reply> reply, Throwable failure) {
    LOG.error("an image was not answered: {}", failure.getClass().getName());
    room.release();
    meters.image("failed");
    reply.completeExceptionally(failure);
  }

  /** Ends the thread; nobody may wait for a reply. */
  @Override
  public void close() {
    computing.interrupt();
    boolean interrupted = false;
    while (computing.isAlive()) { // What it computes with is closed next.
      try {
        computing.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
