package io.pneuma;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.Dependency;
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
import org.nd4j.nativeblas.NativeOps;

/** The rooms and the arrows between them; docs/decisions/rooms.md says why they run this way. */
class ArchitectureTest {
  private static final String ROOT = "io.pneuma.";

  /** Room to the rooms that it may use. Only the command line may use them all. */
  private static final Map<String, Set<String>> ARROWS =
      Map.ofEntries(
          Map.entry(
              "adaptation",
              Set.of(
                  "config",
                  "evaluation",
                  "graphfiles",
                  "images",
                  "network",
                  "platform",
                  "prediction",
                  "report",
                  "run",
                  "training")),
          Map.entry("archives", Set.of("images")),
          Map.entry("attention", Set.of("config", "layers")),
          Map.entry(
              "audit",
              Set.of(
                  "config",
                  "evaluation",
                  "features",
                  "images",
                  "network",
                  "platform",
                  "report",
                  "shortcuts")),
          Map.entry("backbone", Set.of("graphfiles", "layers", "weights")),
          Map.entry(
              "backprop",
              Set.of("attention", "computation", "inference", "layers", "onednn", "platform")),
          Map.entry(
              "cluster",
              Set.of("audit", "images", "prediction", "reproduction", "search", "training")),
          Map.entry("computation", Set.of("layers")),
          Map.entry("config", Set.of()),
          Map.entry("dicom", Set.of()),
          Map.entry("downloads", Set.of("config", "weights")),
          Map.entry("ensemble", Set.of("config", "evaluation", "report", "run")),
          Map.entry("evaluation", Set.of("config")),
          Map.entry(
              "explain",
              Set.of(
                  "attention",
                  "backprop",
                  "computation",
                  "config",
                  "evaluation",
                  "graphfiles",
                  "images",
                  "network",
                  "platform",
                  "report",
                  "run")),
          Map.entry(
              "features",
              Set.of("config", "images", "inference", "network", "platform", "weights")),
          Map.entry("graphfiles", Set.of("weights")),
          Map.entry("images", Set.of("config", "dicom", "platform")),
          Map.entry("inference", Set.of("computation", "onednn", "platform")),
          Map.entry("layers", Set.of()),
          Map.entry("monitor", Set.of("run")),
          Map.entry("network", Set.of("attention", "backbone", "config", "layers", "weights")),
          Map.entry(
              "node",
              Set.of("config", "dicom", "evaluation", "images", "prediction", "replies", "run")),
          Map.entry("notebooks", Set.of("report", "run")),
          Map.entry("onednn", Set.of("computation")),
          Map.entry("onnx", Set.of("attention", "backprop", "computation")),
          Map.entry("phantoms", Set.of("images")),
          Map.entry("platform", Set.of()),
          Map.entry(
              "prediction",
              Set.of(
                  "backprop",
                  "config",
                  "evaluation",
                  "graphfiles",
                  "images",
                  "network",
                  "platform",
                  "run")),
          Map.entry("report", Set.of("evaluation", "run")),
          Map.entry("replies", Set.of("dicom", "evaluation", "explain", "images", "prediction")),
          Map.entry("reproduction", Set.of("config", "evaluation", "images", "run", "training")),
          Map.entry("run", Set.of("config")),
          Map.entry("search", Set.of("config", "run", "training")),
          Map.entry(
              "serving",
              Set.of("config", "evaluation", "explain", "images", "platform", "prediction", "run")),
          Map.entry("shortcuts", Set.of("evaluation", "features", "images", "platform")),
          Map.entry(
              "training",
              Set.of(
                  "backprop",
                  "config",
                  "evaluation",
                  "features",
                  "graphfiles",
                  "images",
                  "network",
                  "platform",
                  "run",
                  "shortcuts")),
          Map.entry("weights", Set.of()));

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
  void everyArrowIsUsed() {
    Set<String> used = new TreeSet<>();
    for (JavaClass type : PNEUMA) {
      for (Dependency dependency : type.getDirectDependenciesFromSelf()) {
        used.add(arrow(room(type), room(dependency.getTargetClass())));
      }
    }
    Set<String> allowed = new TreeSet<>();
    ARROWS.forEach((room, others) -> others.forEach(other -> allowed.add(arrow(room, other))));
    assertEquals(new TreeSet<>(), difference(allowed, used), "arrows that nobody uses");
  }

  private static String arrow(String from, String to) {
    return from + " to " + to;
  }

  private static String room(JavaClass type) {
    String name = type.getPackageName();
    return name.startsWith(ROOT) ? name.substring(ROOT.length()) : name;
  }

  @Test
  void everyRoomIsOnThePlan() {
    Set<String> rooms =
        PNEUMA.stream()
            .filter(type -> type.getPackageName().startsWith(ROOT))
            .map(ArchitectureTest::room)
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
  void onlyOneRoomKnowsOneDnn() {
    noClasses()
        .that()
        .resideOutsideOfPackage(ROOT + "onednn..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("org.bytedeco.dnnl..")
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
  void onlyPlatformKnowsTheMachine() {
    noClasses()
        .that()
        .resideOutsideOfPackage(ROOT + "platform..")
        .should()
        .callMethod(Runtime.class, "availableProcessors")
        .orShould()
        .callMethod(NativeOps.class, "setOmpNumThreads", int.class)
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
