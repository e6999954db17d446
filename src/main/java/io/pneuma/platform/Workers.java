package io.pneuma.platform;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.bytedeco.opencv.global.opencv_core;

/** The threads that decode images, and the wait for what threads do. */
public final class Workers {
  private Workers() {}

  /** Daemon threads, each of which decodes an image of its own. */
  public static ExecutorService start(String name, int threads) {
    opencv_core.setNumThreads(1); // Images are decoded side by side, not each on all processors.
    return Executors.newFixedThreadPool(
        threads,
        task -> {
          Thread thread = new Thread(task, name);
          thread.setDaemon(true);
          return thread;
        });
  }

  /**
   * Waits for work on another thread.
   *
   * @param what goes on meanwhile, for whoever interrupts it
   * @throws IOException what the work threw, or when the wait is interrupted
   */
  public static <T> T await(Future<T> work, String what) throws IOException {
    try {
      return work.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IOException cause) {
        throw cause;
      }
      throw new IllegalStateException(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while " + what);
    }
  }
}
