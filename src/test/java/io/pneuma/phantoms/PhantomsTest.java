package io.pneuma.phantoms;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.pneuma.config.Recipe.OnBadImage;
import io.pneuma.images.Dataset;
import io.pneuma.images.DatasetException;
import io.pneuma.images.TestImages;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PhantomsTest {
  @TempDir private static Path folder;
  private static Path phantoms;

  @BeforeAll
  static void draw() throws IOException {
    phantoms = folder.resolve("phantoms");
    Phantoms.draw(phantoms, 1);
  }

  @Test
  void theSameSeedDrawsTheSameBytes(@TempDir Path other) throws IOException {
    Phantoms.draw(other, 1); // Into an existing empty folder.

    assertEquals(dataset(phantoms).sha256(), dataset(other).sha256());
  }

  @Test
  void theBytesAreThoseOfEveryMachine() throws IOException {
    // A changed hash means changed phantoms: every result measured on them must be measured anew.
    assertEquals(
        "2a1d00d94debbda5750201073cd03eab183fdcf0f4806e991fec347c5c47761d",
        dataset(phantoms).sha256());
  }

  @Test
  void theOpacitiesAreWhereTheFileSays() throws IOException {
    JsonNode coco = new ObjectMapper().readTree(phantoms.resolve("places.json").toFile());
    Map<Integer, String> files = new HashMap<>();
    coco.get("images")
        .forEach(image -> files.put(image.get("id").asInt(), image.get("file_name").asText()));
    assertEquals(276, files.size()); // All PNEUMONIA.
    double inside = 0;
    double mirrored = 0;
    for (JsonNode annotation : coco.get("annotations")) {
      String file = files.get(annotation.get("image_id").asInt());
      assertTrue(file.contains("/PNEUMONIA/"), file);
      BufferedImage image = ImageIO.read(phantoms.resolve(file).toFile());
      int at = 0;
      boolean in = false;
      int area = 0;
      for (JsonNode count : annotation.at("/segmentation/counts")) {
        for (int i = 0; i < count.asInt(); i++, at++) {
          int row = at % PhantomPatient.SIZE;
          int column = at / PhantomPatient.SIZE;
          if (in) {
            area++;
            inside += image.getRaster().getSample(column, row, 0);
            mirrored += image.getRaster().getSample(PhantomPatient.SIZE - 1 - column, row, 0);
          }
        }
        in = !in;
      }
      assertEquals(PhantomPatient.SIZE * PhantomPatient.SIZE, at);
      assertEquals(annotation.get("area").asInt(), area);
    }
    assertTrue(inside > 1.1 * mirrored, "opacities are brighter than the other side");
  }

  @Test
  void anotherSeedDrawsOthers() {
    byte[] one = new PhantomPatient(new Random(1), true).radiograph(new Random(3)).pixels();
    byte[] two = new PhantomPatient(new Random(2), true).radiograph(new Random(3)).pixels();

    assertFalse(java.util.Arrays.equals(one, two));
  }

  @Test
  void everyPatientHasOneClassOneSplitAndTwoToFourImages() throws IOException {
    Dataset dataset = dataset(phantoms);
    Map<String, Set<Integer>> labels = new HashMap<>();
    Map<String, Integer> counts = new HashMap<>();
    Stream.of(dataset.train(), dataset.validation(), dataset.test())
        .flatMap(List::stream)
        .forEach(
            image -> {
              labels.computeIfAbsent(image.patient(), p -> new HashSet<>()).add(image.label());
              counts.merge(image.patient(), 1, Integer::sum);
            });

    assertEquals(136, counts.size());
    labels.forEach((patient, of) -> assertEquals(1, of.size(), patient));
    counts.forEach((patient, count) -> assertTrue(count >= 2 && count <= 4, patient));
    assertEquals(List.of(), dataset.warnings());
  }

  @Test
  void theClassesAreUnequalAndATestSplitIsThere() throws IOException {
    Dataset dataset = dataset(phantoms);

    assertEquals(List.of("NORMAL", "PNEUMONIA"), dataset.labels());
    assertEquals(300, dataset.train().size() + dataset.validation().size());
    assertEquals(108, dataset.test().size());
    assertEquals(36, dataset.test().stream().filter(image -> image.label() == 0).count());
  }

  @Test
  void theFilesAreGreyPng() throws IOException {
    byte[] pixels = new byte[300 * 300];
    new Random(1).nextBytes(pixels);
    byte[] png = GreyPng.encode(pixels, 300);
    byte[] decoded = new byte[pixels.length];

    javax.imageio.ImageIO.read(new java.io.ByteArrayInputStream(png))
        .getRaster()
        .getDataElements(0, 0, 300, 300, decoded);

    assertArrayEquals(pixels, decoded);
  }

  @Test
  void aFolderInUseIsLeftAlone(@TempDir Path used) throws IOException {
    Path file = Files.writeString(used.resolve("mine.txt"), "mine");

    assertThrows(DatasetException.class, () -> Phantoms.draw(used, 1));

    try (Stream<Path> left = Files.list(used)) {
      assertEquals(List.of(file), left.toList());
    }
  }

  @Test
  void nothingElseIsLeftBesideTheFolder() throws IOException {
    try (Stream<Path> entries = Files.list(folder)) {
      assertEquals(List.of(phantoms), entries.toList());
    }
  }

  private static Dataset dataset(Path folder) throws IOException {
    return Dataset.load(TestImages.data(folder, 0.1, 0, OnBadImage.FAIL), 1, checked -> {});
  }
}
