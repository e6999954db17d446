package io.pneuma.platform;

import org.nd4j.nativeblas.NativeOpsHolder;

/** The cores of this machine, and how many of them a thread takes. */
public final class Processor {
  private Processor() {}

  /** Cores that this process may use. */
  public static int cores() {
    return Runtime.getRuntime().availableProcessors();
  }

  /**
   * Sets how many threads the calling thread shares work with in oneDNN and ND4J: OpenMP, which
   * both share, keeps that number for each thread that starts parallel work.
   */
  public static void useThreads(int count) {
    NativeOpsHolder.getInstance().getDeviceNativeOps().setOmpNumThreads(count);
  }
}
