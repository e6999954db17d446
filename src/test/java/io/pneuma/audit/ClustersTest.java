package io.pneuma.audit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pneuma.AnotherScanner;
import io.pneuma.config.Recipe;
import io.pneuma.config.Recipe.DicomRule;
import io.pneuma.images.FolderImages;
import io.pneuma.images.FolderImages.Found;
import io.pneuma.images.PatientRule;
import io.pneuma.phantoms.Phantoms;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.commons.io.FileUtils;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Phantoms of two scanners, of which the dull one took a third of the well and most of the ill, are
 * told apart by scanner and not by class.
 */
class ClustersTest {
  @TempDir private static Path folder;
  private static FolderImages images;

  @BeforeAll
  static void draw() throws IOException {
    Path root = folder.resolve("phantoms");
    Phantoms.draw(root, 1);
    FileUtils.deleteDirectory(root.resolve("test").toFile());
    new AnotherScanner(0.55, 0.1, 0.02)
        .retake(root, folder.resolve("dull"), file -> isDull(file.toString()));
    images = FolderImages.of(root, PatientRule.of(Recipe.PATIENT), DicomRule.STRICT, done -> {});
  }

  private static boolean isDull(String path) {
    int patient = Integer.parseInt(path.replaceAll(".*person(\\d+)_.*", "$1"));
    return path.contains("NORMAL") == (patient % 3 == 0);
  }

  private static void quietly(String name, long total, String unit, Stages.Work work)
      throws IOException {
    work.run(done -> {});
  }

  @Test
  void scannersAreFoundAndPatientsStayTogether() throws IOException {
    Clusters clusters = Clusters.byTraits(images, 2, 1, ClustersTest::quietly);
    int[] clusterOf = clusters.clusterOf();
    Map<String, Integer> ofPatient = new HashMap<>();
    int right = 0;
    for (int i = 0; i < clusterOf.length; i++) {
      Found found = images.images().get(i);
      ofPatient.putIfAbsent(found.image().patient(), clusterOf[i]);
      assertEquals(ofPatient.get(found.image().patient()), clusterOf[i]);
      right += isDull(found.path()) == (clusterOf[i] == 1) ? 1 : 0;
    }
    assertTrue(right >= 0.95 * clusterOf.length, right + " of " + clusterOf.length);
    assertTrue(
        clusters.images(1, 0) + clusters.images(1, 1) > clusterOf.length / 2,
        "the largest is the first");
    assertTrue(clusters.differences(1).get("grey") < clusters.differences(2).get("grey"));
    assertEquals(100, clusters.patients(1) + clusters.patients(2));
  }

  @Test
  void outlinesStandForFeaturesAndTheSeedDecides() throws IOException {
    Features outlines = Features.withoutWeights();
    Clusters first = Clusters.byFeatures(images, outlines, 3, 1, ClustersTest::quietly);
    Clusters again = Clusters.byFeatures(images, outlines, 3, 1, ClustersTest::quietly);
    assertArrayEquals(first.clusterOf(), again.clusterOf());
    List<Integer> sizes = Stream.of(1, 2, 3).map(c -> size(first, c)).toList();
    assertTrue(sizes.get(0) >= sizes.get(1) && sizes.get(1) >= sizes.get(2), sizes.toString());
    assertTrue(sizes.get(2) > 0, sizes.toString());
  }

  /** Where the scanner speaks for a class, they are mostly those whom the other scanner took. */
  @Test
  void whoContradictsTheShortcutIsAFifthOfEachClass() throws IOException {
    boolean[] contradicting =
        Clusters.byTraits(images, 2, 1, ClustersTest::quietly).contradicting().orElseThrow();
    Map<String, Boolean> ofPatient = new HashMap<>();
    int[] patients = new int[2];
    int[] fifth = new int[2];
    int all = 0;
    int byTheOther = 0;
    for (int i = 0; i < contradicting.length; i++) {
      Found found = images.images().get(i);
      int label = found.image().label();
      boolean own = contradicting[i];
      Boolean before = ofPatient.put(found.image().patient(), own);
      assertEquals(own, before == null ? own : before);
      patients[label] += before == null ? 1 : 0;
      fifth[label] += before == null && own ? 1 : 0;
      all += own ? 1 : 0;
      byTheOther += own && isDull(found.path()) == (label == 0) ? 1 : 0;
    }
    for (int label = 0; label < 2; label++) {
      assertEquals(Math.round(0.2 * patients[label]), fifth[label]);
    }
    // Of all images the other scanner took a third.
    assertTrue(byTheOther >= 0.8 * all, byTheOther + " of " + all);
  }

  private static int size(Clusters clusters, int cluster) {
    return (int) (clusters.images(cluster, 0) + clusters.images(cluster, 1));
  }
}
