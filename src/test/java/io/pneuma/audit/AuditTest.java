package io.pneuma.audit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pneuma.audit.Findings.NearDuplicate;
import io.pneuma.audit.Findings.OffTopicImage;
import io.pneuma.audit.Findings.Shortcut;
import io.pneuma.config.Recipe;
import io.pneuma.config.Recipe.DicomRule;
import io.pneuma.images.FolderImages;
import io.pneuma.images.PatientRule;
import io.pneuma.phantoms.Phantoms;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Faults planted among phantom radiographs are found without any weights. */
class AuditTest {
  private static final int PLANTED = 4;

  @TempDir private static Path folder;

  private static final Set<String> COPIES = new HashSet<>();
  private static final Set<String> SWAPPED = new HashSet<>();
  private static final Set<String> SCENES = new HashSet<>();
  private static Findings clean;
  private static Findings found;
  private static String page;

  @BeforeAll
  static void plantAndAudit() throws IOException {
    Path root = folder.resolve("phantoms");
    Phantoms.draw(root, 1);
    List<Path> kept = new ArrayList<>();
    try (Stream<Path> files = Files.walk(root)) {
      for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
        if (file.getFileName().toString().matches("person\\d*[05]_.*")) {
          kept.add(file);
        } else {
          Files.delete(file);
        }
      }
    }
    clean = audit(root);
    Random random = new Random(1);
    for (Path file : kept) {
      if (file.toString().contains("PNEUMONIA")) {
        Planted.letter(file, random);
      }
    }
    Collections.shuffle(kept, random);
    for (int i = 0; i < PLANTED; i++) {
      Path copied = kept.get(i);
      Path copy = copied.resolveSibling("person" + (900 + i) + "_copy_1.jpeg");
      Planted.copy(copied, copy, random);
      COPIES.add(path(root, copy));
      Path swapped = kept.get(PLANTED + i);
      boolean ill = swapped.toString().contains("PNEUMONIA");
      Path wrong = swapped.getParent().resolveSibling(ill ? "NORMAL" : "PNEUMONIA");
      SWAPPED.add(path(root, Files.move(swapped, wrong.resolve(swapped.getFileName()))));
      Path scene = root.resolve("train/NORMAL/person" + (950 + i) + "_scene_1.png");
      Planted.scene(scene, random);
      SCENES.add(path(root, scene));
    }
    FolderImages images = read(root);
    found = Audit.of(images, Features.withoutWeights(), AuditTest::quietly);
    page = AuditPage.of("phantoms", images, found, AuditTest::quietly);
  }

  private static String path(Path root, Path file) {
    return root.relativize(file).toString().replace('\\', '/');
  }

  private static FolderImages read(Path root) throws IOException {
    return FolderImages.of(root, PatientRule.of(Recipe.PATIENT), DicomRule.STRICT, done -> {});
  }

  private static Findings audit(Path root) throws IOException {
    return Audit.of(read(root), Features.withoutWeights(), AuditTest::quietly);
  }

  private static void quietly(String name, long total, String unit, Stages.Work work)
      throws IOException {
    work.run(done -> {});
  }

  @Test
  void copiesOfOtherPatientsAreTheLikestPairs() {
    List<NearDuplicate> first = found.nearDuplicates().subList(0, PLANTED);
    assertTrue(
        first.stream()
            .allMatch(pair -> COPIES.contains(pair.first()) || COPIES.contains(pair.second())),
        () -> first.toString());
    assertTrue(first.stream().allMatch(pair -> pair.flagged() && pair.acrossPatients()));
  }

  @Test
  void scenesAreTheStrangestImages() {
    List<String> first = found.offTopic().stream().limit(PLANTED).map(OffTopicImage::file).toList();
    assertEquals(SCENES, new HashSet<>(first));
  }

  /** Outlines tell phantoms badly, so this is less than a backbone's features would find. */
  @Test
  void halfOfTheSwappedLabelsAreAmongTheMostDoubtful() {
    long among =
        found.labelErrors().stream()
            .limit(2 * PLANTED)
            .filter(error -> SWAPPED.contains(error.file()))
            .count();
    assertTrue(among >= PLANTED / 2, () -> found.labelErrors().toString());
  }

  @Test
  void aLetterInOneClassIsAShortcut() {
    Shortcut letters = letters(found);
    assertTrue(letters.warning());
    assertTrue(letters.rocAuc() > 0.9, () -> letters.toString());
  }

  @Test
  void nothingIsFlaggedWhereNothingIsWrong() {
    assertEquals(0, clean.flaggedOffTopic());
    assertFalse(letters(clean).warning(), () -> letters(clean).toString());
  }

  private static Shortcut letters(Findings findings) {
    return findings.shortcuts().stream()
        .filter(each -> each.trait().startsWith("letters"))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void thePageHasAPictureOfEachFindingAndAsksForNothing() {
    for (NearDuplicate pair : found.nearDuplicates()) {
      assertTrue(page.contains("alt=\"" + pair.first() + "\" src=\"data:image/jpeg;base64,/9j/"));
    }
    assertFalse(page.contains("http:") || page.contains("https:") || page.contains("null"));
    assertFalse(page.contains(folder.toString()));
  }
}
