package io.pneuma.search;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.AccessTarget;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** Arbiter was built against an older Deeplearning4j than the one that it runs on here. */
class ArbiterLinksTest {
  /** Arbiter's own example of data, which no search here uses. */
  private static final List<String> UNUSED = List.of("MnistDataProvider");

  private static final JavaClasses ARBITER =
      new ClassFileImporter().importPackages("org.deeplearning4j.arbiter");

  @Test
  void everyMemberThatArbiterUsesIsThere() {
    Set<String> missing = new TreeSet<>();
    for (JavaClass type : ARBITER) {
      if (UNUSED.stream().anyMatch(type.getName()::contains)) {
        continue;
      }
      for (JavaAccess<?> access : type.getAccessesFromSelf()) {
        AccessTarget target = access.getTarget();
        boolean array = target.getOwner().isArray(); // Its clone() and length are Java's.
        if (!array && target.resolveMember().isEmpty()) {
          missing.add(type.getName() + " -> " + target.getFullName());
        }
      }
    }
    assertTrue(ARBITER.size() > 150, ARBITER.size() + " classes");
    assertEquals(Set.of(), missing);
  }

  @Test
  void everyClassOfArbiterCanBeLoaded() throws ClassNotFoundException {
    for (JavaClass type : ARBITER) {
      if (UNUSED.stream().noneMatch(type.getName()::contains)) {
        Class.forName(type.getName(), true, getClass().getClassLoader());
      }
    }
  }
}
