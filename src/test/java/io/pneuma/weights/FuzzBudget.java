package io.pneuma.weights;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Callable;

/**
 * Runs readers on mutants and watches what each allocates. {@code -Dpneuma.fuzz=N} multiplies the
 * number of mutants by N for a longer run.
 */
final class FuzzBudget {
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
  private static final int WARM_UP = 1000;

  private final long mostBytes;
  private long runs = 0;
  private long most = 0;

  /** Each mutant may allocate so many bytes. */
  FuzzBudget(long mostBytes) {
    this.mostBytes = mostBytes;
  }

  static int mutants(int usual) {
    return Math.multiplyExact(usual, Integer.getInteger("pneuma.fuzz", 1));
  }

  /** True when the reader takes the mutant, false when it refuses it; all else is a failure. */
  boolean takes(Callable<?> reader, int number, byte[] mutant) {
    long id = Thread.currentThread().getId();
    long before = THREADS.getThreadAllocatedBytes(id);
    boolean taken;
    try {
      reader.call();
      taken = true;
    } catch (WeightsException e) {
      assertTrue(e.getMessage().startsWith("x.pth: "), e.getMessage());
      taken = false;
    } catch (Exception | Error e) {
      throw new AssertionError(show(number, mutant), e);
    }
    long allocated = THREADS.getThreadAllocatedBytes(id) - before;
    if (++runs > WARM_UP) { // Until then classes are loaded.
      most = Math.max(most, allocated);
      assertTrue(allocated < mostBytes, () -> allocated + " bytes for " + show(number, mutant));
    }
    return taken;
  }

  private static String show(int number, byte[] mutant) {
    return "mutant " + number + ": " + new String(mutant, StandardCharsets.ISO_8859_1);
  }

  /** Says what a longer run has found. */
  void report(int taken) {
    if (System.getProperty("pneuma.fuzz") != null) {
      System.out.println(runs + " mutants, " + taken + " taken, at most " + most + " bytes each");
    }
  }
}
