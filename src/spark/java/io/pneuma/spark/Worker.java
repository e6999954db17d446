package io.pneuma.spark;

import io.pneuma.cluster.ClusterException;
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
   * Refuses to compute what would have other last digits than on the driver.
   *
   * @param what is computed, as in {@code features}
   * @param each images that a thread takes at a time
   * @param engine what computes them on the driver
   * @throws ClusterException when it is another here
   */
  static void requireEngine(String what, int each, String engine) throws IOException {
    if (!Featuriser.engineOf(each).equals(engine)) {
      throw new ClusterException(
          ("%s computes %s by %s, and the driver by %s, whose last digits differ; hold all machines"
                  + " to the same instructions, as in ONEDNN_MAX_CPU_ISA=AVX2 for the driver and"
                  + " JAVA_OPTS=-Dspark.executorEnv.ONEDNN_MAX_CPU_ISA=AVX2 for the executors")
              .formatted(
                  InetAddress.getLocalHost().getHostName(),
                  what,
                  Featuriser.engineOf(each),
                  engine));
    }
  }
}
