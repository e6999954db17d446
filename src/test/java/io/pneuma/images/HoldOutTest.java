package io.pneuma.images;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class HoldOutTest {
  private static final List<String> LABELS = List.of("A", "B");

  /** Three images of each of 20 patients of class 0 and 40 of class 1. */
  private static List<LabelledImage> images(String folder) {
    List<LabelledImage> images = new ArrayList<>();
    for (int patient = 0; patient < 60; patient++) {
      for (int i = 0; i < 3; i++) {
        String name = "p%d_%d".formatted(patient, i);
        images.add(
            new LabelledImage(
                Path.of(folder, name), patient < 20 ? 0 : 1, "p" + patient, "hash of " + name));
      }
    }
    return images;
  }

  private static Set<String> patients(Set<LabelledImage> images) {
    return images.stream()
        .map(LabelledImage::patient)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static Set<String> choose(List<LabelledImage> images, long seed) throws Exception {
    return patients(new HoldOut(images).choose(0.1, seed, LABELS));
  }

  @Test
  void aShareOfEachClassIsHeldOutInWholePatients() throws Exception {
    Set<LabelledImage> held = new HoldOut(images("x")).choose(0.1, 1, LABELS);

    assertEquals(2 * 3, held.stream().filter(image -> image.label() == 0).count());
    assertEquals(4 * 3, held.stream().filter(image -> image.label() == 1).count());
    assertEquals(6, patients(held).size());
  }

  @Test
  void theOrderAndThePlaceOfTheFilesDoNotMatter() throws Exception {
    List<LabelledImage> shuffled = images("elsewhere");
    Collections.shuffle(shuffled, new Random(5));

    assertEquals(choose(images("x"), 1), choose(shuffled, 1));
  }

  @Test
  void theSeedMatters() throws Exception {
    assertNotEquals(choose(images("x"), 1), choose(images("x"), 2));
  }

  @Test
  void patientsWhoShareAnImageStayTogether() throws Exception {
    // A chain: each patient of class 1 shares an image with the next, so they are one.
    List<LabelledImage> images = images("x");
    for (int patient = 20; patient < 59; patient += 2) {
      String shared = "shared by " + patient;
      images.add(new LabelledImage(Path.of("s", shared), 1, "p" + patient, shared));
      images.add(new LabelledImage(Path.of("t", shared), 1, "p" + (patient + 1), shared));
    }
    for (long seed = 0; seed < 20; seed++) {
      Set<String> held = choose(images, seed);
      for (int patient = 20; patient < 59; patient += 2) {
        assertEquals(held.contains("p" + patient), held.contains("p" + (patient + 1)));
      }
      assertEquals(2 + 2 * 2, held.size()); // 2 of 20 patients, and 2 of 20 pairs
    }
  }

  @Test
  void aPatientOfTwoClassesStaysWhole() throws Exception {
    List<LabelledImage> images = images("x");
    for (int patient = 0; patient < 20; patient++) {
      images.add(new LabelledImage(Path.of("y", "b" + patient), 1, "p" + patient, "b" + patient));
    }
    Set<LabelledImage> held = new HoldOut(images).choose(0.1, 1, LABELS);
    Set<String> patients = patients(held);

    assertEquals(
        images.stream().filter(image -> patients.contains(image.patient())).count(), held.size());
    assertEquals(6, patients.size());
  }
}
