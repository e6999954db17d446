package io.pneuma;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The rooms and the arrows between them; docs/decisions/rooms.md says why they run this way. */
class ArchitectureTest {
  private static final String ROOT = "io.pneuma.";

  /** Room to the rooms that it may use. Only the command line may use them all. */
  private static final Map<String, Set<String>> ARROWS =
      Map.ofEntries(
          Map.entry("config", Set.of()),
          Map.entry("platform", Set.of()),
          Map.entry("images", Set.of("config")),
          Map.entry("weights", Set.of("config")),
          Map.entry("layers", Set.of()),
          Map.entry("backbone", Set.of("config", "weights", "layers")),
          Map.entry("attention", Set.of("config", "layers")),
          Map.entry("network", Set.of("backbone", "attention", "config", "weights")),
          Map.entry("features", Set.of("network", "images", "config", "backbone", "inference")),
          Map.entry("inference", Set.of("layers")),
          Map.entry("backprop", Set.of("inference", "attention")),
          Map.entry(
              "training",
              Set.of("network", "features", "images", "run", "config", "evaluation", "backprop")),
          Map.entry("evaluation", Set.of("config")),
          Map.entry("run", Set.of("config")),
          Map.entry("report", Set.of("run", "evaluation", "config")),
          Map.entry("ensemble", Set.of("report", "run", "evaluation", "config")),
          Map.entry("reproduction", Set.of("training", "images", "run", "config", "evaluation")),
          Map.entry("search", Set.of("training", "config", "run")),
          Map.entry("monitor", Set.of("run", "config")),
          Map.entry(
              "prediction",
              Set.of("network", "images", "run", "config", "backprop", "evaluation")));

  private static final JavaClasses PNEUMA =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("io.pneuma");

  @Test
  void everyRoomUsesOnlyTheRoomsItMay() {
    ARROWS.forEach(
        (room, allowed) -> {
          Set<String> forbidden = new HashSet<>(ARROWS.keySet());
          forbidden.add("cli");
          forbidden.removeAll(allowed);
          forbidden.remove(room);
          String[] packages =
              forbidden.stream().map(other -> ROOT + other + "..").toArray(String[]::new);
          noClasses()
              .that()
              .resideInAPackage(ROOT + room + "..")
              .should()
              .dependOnClassesThat()
              .resideInAnyPackage(packages)
              .allowEmptyShould(true)
              .check(PNEUMA);
        });
  }

  @Test
  void everyRoomIsOnThePlan() {
    Set<String> rooms =
        PNEUMA.stream()
            .map(JavaClass::getPackageName)
            .filter(name -> name.startsWith(ROOT))
            .map(name -> name.substring(ROOT.length()))
            .collect(Collectors.toCollection(TreeSet::new));
    rooms.remove("cli");
    assertEquals(new TreeSet<>(), difference(rooms, ARROWS.keySet()), "rooms without arrows");
  }

  @Test
  void configKnowsNoDeeplearning4jType() {
    noClasses()
        .that()
        .resideInAPackage(ROOT + "config..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("org.nd4j..", "org.deeplearning4j..", "org.datavec..")
        .check(PNEUMA);
  }

  @Test
  void onlyMonitorKnowsTheTrainingUi() {
    noClasses()
        .that()
        .resideOutsideOfPackage(ROOT + "monitor..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("org.deeplearning4j.ui..", "io.vertx..")
        .check(PNEUMA);
  }

  @Test
  void onlySearchKnowsArbiter() {
    noClasses()
        .that()
        .resideOutsideOfPackage(ROOT + "search..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("org.deeplearning4j.arbiter..")
        .check(PNEUMA);
  }

  @Test
  void onlyMainEndsTheProgram() {
    DescribedPredicate<JavaClass> main =
        DescribedPredicate.describe("Main", type -> type.getName().equals("io.pneuma.Main"));
    noClasses()
        .that(DescribedPredicate.not(main))
        .should()
        .callMethod(System.class, "exit", int.class)
        .check(PNEUMA);
  }

  @Test
  void everyRoomSaysWhatItIs() {
    for (JavaClass type : PNEUMA) {
      String room = type.getPackageName().replace('.', '/');
      assertTrue(
          getClass().getClassLoader().getResource(room + "/package-info.class") != null
              || java.nio.file.Files.exists(
                  java.nio.file.Path.of("src/main/java", room, "package-info.java")),
          room + " has no package-info.java");
    }
  }

  private static Set<String> difference(Set<String> all, Set<String> known) {
    Set<String> rest = new TreeSet<>(all);
    rest.removeAll(known);
    return rest;
  }
}
