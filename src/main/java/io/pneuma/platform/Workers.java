package io.pneuma.platform;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.bytedeco.opencv.global.opencv_core;

/** The threads that decode images. */
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
}
