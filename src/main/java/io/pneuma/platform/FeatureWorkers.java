package io.pneuma.platform;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Threads that compute features, each on its own. Featurisers share them, so that a thread which
 * has done its part of one batch goes on with the next and never waits for the others.
 */
public final class FeatureWorkers implements AutoCloseable {
  private final int count;
  private final ExecutorService threads;

  /** So many threads, one for each core that is to be used. */
  public FeatureWorkers(int count) {
    this.count = count;
    this.threads = Executors.newFixedThreadPool(count, FeatureWorkers::thread);
  }

  private static Thread thread(Runnable task) {
    Thread thread =
        new Thread(
            () -> {
              Processor.useThreads(1);
              task.run();
            },
            "featuriser");
    thread.setDaemon(true);
    return thread;
  }

  public int count() {
    return count;
  }

  /** Starts work after what was started before. */
  public <T> CompletableFuture<T> start(Supplier<T> work) {
    return CompletableFuture.supplyAsync(work, threads);
  }

  /** Waits to the end even when interrupted, since memory that is in use must not be released. */
  public static <T> T await(CompletableFuture<T> task) {
    try {
      return task.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      if (e.getCause() instanceof Error cause) {
        throw cause;
      }
      throw e;
    }
  }

  /** Gives up what has not begun, and waits for the rest. Featurisers are closed after it. */
  @Override
  public void close() {
    threads.shutdownNow();
    boolean interrupted = false;
    boolean ended = false;
    while (!ended) {
      try {
        ended = threads.awaitTermination(Long.MAX_VALUE, TimeUnit.NANOSECONDS);
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
