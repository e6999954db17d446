package io.pneuma.platform;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import org.bytedeco.javacpp.Pointer;

/**
 * The memory limits of this process, in bytes.
 *
 * @param heap of the JVM, set by {@code -Xmx} or run.sh's share
 * @param nativeLimit of ND4J, OpenCV and the other native libraries together
 */
public record Memory(long heap, long nativeLimit) {
  private static final String MAX_BYTES = "org.bytedeco.javacpp.maxbytes";
  private static final String MAX_PHYSICAL_BYTES = "org.bytedeco.javacpp.maxphysicalbytes";
  private static final double NATIVE_SHARE = 0.6;

  /**
   * Below it classes cannot be loaded; a training of a few small images was seen to take 48 MiB.
   */
  private static final long LEAST_HEAP = 64L << 20;

  private static final double GIB = 1L << 30;

  /**
   * Gives the native side its share of the machine, unless the caller has set it. To be called
   * before the first native library is loaded, since the limits are read then.
   */
  public static Memory limit() {
    OperatingSystemMXBean machine =
        (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    long total = machine.getTotalMemorySize();
    setUnlessGiven(MAX_BYTES, (long) (total * NATIVE_SHARE));
    // Both sides together; above it JavaCPP refuses to allocate rather than let the machine swap.
    setUnlessGiven(MAX_PHYSICAL_BYTES, (long) (total * 0.95));
    return new Memory(Runtime.getRuntime().maxMemory(), Pointer.maxBytes());
  }

  /**
   * Refuses a heap in which nothing can be done.
   *
   * @throws NotEnoughMemoryException naming the heap and what to give
   */
  public static void requireHeap() {
    if (Runtime.getRuntime().maxMemory() < LEAST_HEAP) {
      throw new NotEnoughMemoryException(outOfMemory());
    }
  }

  /** What to say when the heap was too small. */
  public static String outOfMemory() {
    return "the heap of "
        + (Runtime.getRuntime().maxMemory() >> 20)
        + " MiB is too small; give more with JAVA_OPTS=-Xmx2g, or lower training.batchSize or"
        + " data.imageSize";
  }

  private static void setUnlessGiven(String property, long bytes) {
    if (System.getProperty(property) == null) {
      System.setProperty(property, Long.toString(bytes));
    }
  }

  /**
   * Refuses a run that cannot fit.
   *
   * @param neededNative estimated native bytes
   * @throws NotEnoughMemoryException naming need, limit and what to change
   */
  public void require(long neededNative) {
    if (neededNative > nativeLimit) {
      throw new NotEnoughMemoryException(
          "this run needs about "
              + gib(neededNative)
              + " of native memory, but the limit is "
              + gib(nativeLimit)
              + "; lower training.batchSize or data.imageSize, or give more with JAVA_OPTS=-D"
              + MAX_BYTES
              + "=...G");
    }
  }

  /** As in {@code 5.9 GiB}. */
  public static String gib(long bytes) {
    return String.format(java.util.Locale.ROOT, "%.1f GiB", bytes / GIB);
  }
}
