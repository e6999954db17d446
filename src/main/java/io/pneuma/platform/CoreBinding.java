package io.pneuma.platform;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.bytedeco.systems.global.linux;
import org.bytedeco.systems.linux.cpu_set_t;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Holds the OpenMP threads that share a thread's work each on a core of its own while it lasts.
 * Beside other busy programs Linux otherwise often has two threads that wait for each other take
 * turns on one core; docs/decisions/onednn.md has what was measured. Only where the work takes all
 * cores that this process may use, since two programs could else crowd on the same ones.
 */
public final class CoreBinding {
  private static final Logger LOG = LoggerFactory.getLogger(CoreBinding.class);
  private static final Path OWN = Path.of("/proc/thread-self");
  private static final int BITS = 64;

  private final List<Integer> cores; // Empty where the system does as it likes.
  private boolean helpersAreHeld;

  private CoreBinding(List<Integer> cores) {
    this.cores = cores;
  }

  /** For work of so many threads. */
  public static CoreBinding of(int threads) {
    if (threads > 1 && Files.exists(OWN)) {
      try {
        List<Integer> allowed = allowed();
        if (allowed.size() == threads) {
          return new CoreBinding(allowed);
        }
      } catch (LinkageError e) {
        LOG.info("threads are not held on cores: {}", e.toString());
      }
    }
    return new CoreBinding(List.of());
  }

  /** The cores that the calling thread may use. */
  static List<Integer> allowed() {
    List<Integer> allowed = new ArrayList<>();
    try (cpu_set_t set = new cpu_set_t()) {
      if (linux.sched_getaffinity(0, set.sizeof(), set) == 0) {
        for (int core = 0; core < linux.CPU_SETSIZE; core++) {
          if ((set.__bits(core / BITS) >>> (core % BITS) & 1) == 1) {
            allowed.add(core);
          }
        }
      }
    }
    return allowed;
  }

  private static void hold(int thread, List<Integer> some) {
    try (cpu_set_t set = new cpu_set_t()) {
      for (int word = 0; word < linux.CPU_SETSIZE / BITS; word++) {
        set.__bits(word, 0);
      }
      for (int core : some) {
        set.__bits(core / BITS, set.__bits(core / BITS) | 1L << (core % BITS));
      }
      // A thread that has ended meanwhile, or a system that forbids it, changes nothing.
      linux.sched_setaffinity(thread, set.sizeof(), set);
    }
  }

  /** Runs what the calling thread shares with others by OpenMP. */
  public <T> T run(Supplier<T> work) {
    if (cores.isEmpty()) {
      return work.get();
    }
    hold(0, cores.subList(0, 1));
    try {
      return work.get();
    } finally {
      if (!helpersAreHeld) {
        helpersAreHeld = true; // The first work has started them.
        holdHelpers();
      }
      hold(0, cores); // So that threads which it starts are free.
    }
  }

  /** OpenMP's threads have the name of the thread that they help, which started them. */
  private void holdHelpers() {
    try (Stream<Path> threads = Files.list(Path.of("/proc/self/task"))) {
      String name = Files.readString(OWN.resolve("comm"));
      String own = Files.readSymbolicLink(OWN).getFileName().toString();
      String first = Files.readSymbolicLink(Path.of("/proc/self")).toString(); // Waits for Java.
      int found = 0;
      for (Path thread : threads.sorted().toList()) {
        String id = thread.getFileName().toString();
        if (!id.equals(own) && !id.equals(first) && isCalled(thread, name)) {
          found++;
          hold(Integer.parseInt(id), List.of(cores.get(found % cores.size())));
        }
      }
    } catch (IOException | UncheckedIOException e) {
      LOG.info("threads are not held on cores: {}", e.toString());
    }
  }

  private static boolean isCalled(Path thread, String name) {
    try {
      return Files.readString(thread.resolve("comm")).equals(name);
    } catch (IOException e) { // It has ended.
      return false;
    }
  }
}
