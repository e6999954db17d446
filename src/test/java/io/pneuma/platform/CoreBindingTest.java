package io.pneuma.platform;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class CoreBindingTest {
  @BeforeEach
  void onLinux() {
    assumeTrue(Files.exists(Path.of("/proc/thread-self")), "threads are held on Linux alone");
    assumeTrue(System.getProperty("os.arch").equals("amd64"), "its calls are there for x86-64");
    assumeTrue(CoreBinding.allowed().size() > 1, "there is one core");
  }

  @Test
  void theCallerHasOneCoreAsLongAsItWorks() {
    List<Integer> all = CoreBinding.allowed();
    CoreBinding binding = CoreBinding.of(all.size());
    assertEquals(all.subList(0, 1), binding.run(CoreBinding::allowed));
    assertEquals(all, CoreBinding.allowed());
    assertEquals(all.subList(0, 1), binding.run(CoreBinding::allowed));
  }

  @Test
  void workForSomeOfTheCoresIsLeftToTheSystem() {
    List<Integer> all = CoreBinding.allowed();
    assertEquals(all, CoreBinding.of(all.size() - 1).run(CoreBinding::allowed));
    assertEquals(all, CoreBinding.of(all.size() + 1).run(CoreBinding::allowed));
  }

  @Test
  void theCallerIsFreeAgainWhenItFails() {
    List<Integer> all = CoreBinding.allowed();
    CoreBinding binding = CoreBinding.of(all.size());
    boolean failed = false;
    try {
      binding.run(
          () -> {
            throw new IllegalStateException();
          });
    } catch (IllegalStateException e) {
      failed = true;
    }
    assertTrue(failed);
    assertEquals(all, CoreBinding.allowed());
  }
}
