package io.pneuma.spark;

import io.pneuma.images.DatasetException;
import io.pneuma.inference.Featuriser;
import io.pneuma.platform.Backend;
import io.pneuma.platform.Memory;
import java.io.IOException;
import java.net.InetAddress;

/** The machine that an executor has, made ready once. */
final class Worker {
  private static boolean started;

  private Worker() {}

  /** Sets the limits of memory and starts the backend; in a driver's own process both are there. */
  static synchronized void start() {
    if (!started) {
      Memory.limit();
      Backend.start();
      started = true;
    }
  }

  /**
   * Refuses what would come out with other last digits than on the driver.
   *
   * @param engine what computes on the driver, as {@link Featuriser#engineOf} names it
   * @param each images that a thread takes at a time
   * @throws DatasetException when another computes here, with what to do about it
   */
  static void requireEngine(String engine, int each) throws IOException {
    if (!Featuriser.engineOf(each).equals(engine)) {
      throw new DatasetException(
          ("%s computes by %s, and the driver by %s, whose last digits differ; hold all machines to"
                  + " the same instructions, as in ONEDNN_MAX_CPU_ISA=AVX2 for the driver and"
                  + " JAVA_OPTS=-Dspark.executorEnv.ONEDNN_MAX_CPU_ISA=AVX2 for the executors")
              .formatted(
                  InetAddress.getLocalHost().getHostName(), Featuriser.engineOf(each), engine));
    }
  }
}
