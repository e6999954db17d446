package io.pneuma.platform;

import java.io.IOException;
import org.bytedeco.openblas.global.openblas;
import org.nd4j.linalg.factory.Environment;
import org.nd4j.linalg.factory.Nd4j;

/**
 * As long as this is open, an operation of ND4J runs on the thread that asks for it, so that its
 * sums come out the same whatever the number of cores and whatever trains beside it. The setting is
 * the whole process's. Compiled steps and featurisers have threads of their own.
 */
public final class OneThread {
  private final int before;

  private OneThread(int before) {
    this.before = before;
  }

  /** Something that may fail to read or write. */
  @FunctionalInterface
  public interface Action<T> {
    T run() throws IOException;
  }

  public static <T> T call(Action<T> action) throws IOException {
    OneThread started = start();
    try {
      return action.run();
    } finally {
      started.close();
    }
  }

  public static OneThread start() {
    OneThread started = new OneThread(Nd4j.getEnvironment().maxMasterThreads());
    set(1);
    return started;
  }

  private static void set(int threads) {
    Environment environment = Nd4j.getEnvironment();
    if (environment.isCPU()) {
      environment.setMaxThreads(threads);
      environment.setMaxMasterThreads(threads);
      Processor.useThreads(threads);
      openblas.blas_set_num_threads(threads);
    }
  }

  public void close() {
    set(before);
  }
}
