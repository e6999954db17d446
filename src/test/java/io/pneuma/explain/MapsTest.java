package io.pneuma.explain;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pneuma.backprop.FeatureMaps.Maps;
import io.pneuma.computation.Shape;
import io.pneuma.evaluation.MapVerdict;
import io.pneuma.evaluation.MapVerdict.Mean;
import io.pneuma.evaluation.MapVerdict.Shuffled;
import io.pneuma.images.LabelledImage;
import io.pneuma.run.RunException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Maps, their regions and curves, by numbers that can be worked out by hand. */
class MapsTest {
  @TempDir private Path folder;

  /** Two channels of two places. */
  private static final Maps TWO =
      new Maps(new Shape(2, 1, 2), new float[] {1, 2, 3, 4}, new float[] {1, -1, 0.5f, 0.5f});

  @Test
  void eachMethodIsItsFormula() {
    // In log odds over the whole image, so twice the sums over two places.
    assertArrayEquals(new float[] {2 * (1 + 1.5f), 2 * (-2 + 2)}, Method.HIRESCAM.of(TWO).values());
    assertArrayEquals(new float[] {2 * 1.5f, 2 * 2}, Method.GRADCAM.of(TWO).values());
    assertArrayEquals(new float[] {2 * (1 + 1.5f), 2 * 2}, Method.LAYERCAM.of(TWO).values());
  }

  @Test
  void resizingInterpolatesBetweenCentres() {
    Heatmap two = new Heatmap(1, 2, new float[] {0, 4});
    assertArrayEquals(new float[] {0, 1, 3, 4}, two.resized(1, 4).values());
    assertArrayEquals(new float[] {0, 4, 0, 4}, two.resized(2, 2).values());
    assertEquals(2, two.mean());
  }

  @Test
  void regionsAreConnectedAndRanked() {
    Heatmap map =
        new Heatmap(
            3,
            5,
            new float[] {
              5, 0, 0, 0, 6,
              0, 0, 0, 0, 6,
              -9, 0, 0, 0, 10
            });
    List<Regions.Region> regions = Regions.of(map);
    assertEquals(2, regions.size());
    assertEquals(new Regions.Region(0.8, 0, 0.2, 1, 0.2, 22 / 27.0), rounded(regions.get(0)));
    assertEquals(new Regions.Region(0, 0, 0.2, 1 / 3.0, 1 / 15.0, 5 / 27.0), regions.get(1));
    assertEquals(List.of(), Regions.of(new Heatmap(1, 2, new float[] {-1, 0})));
  }

  private static Regions.Region rounded(Regions.Region it) {
    return new Regions.Region(
        it.x(), it.y(), Math.round(it.width() * 1e9) / 1e9, it.height(), it.area(), it.score());
  }

  @Test
  void deletionTakesTheMapsPlacesFirst() {
    int size = 16;
    float[] image = new float[3 * size * size];
    image[5] = 1; // One bright pixel in each channel's first row.
    image[size * size + 5] = 1;
    image[2 * size * size + 5] = 1;
    Curves curves = new Curves(image, size);
    float[] place = new float[size * size];
    place[5] = 7;
    int[] order = curves.order(new Heatmap(size, size, place));
    assertEquals(5, order[0]);
    float[] target = new float[image.length + 1];
    curves.write(order, 0, true, target, 1);
    assertEquals(1, target[6]);
    curves.write(order, 1, true, target, 1);
    assertTrue(target[6] < 0.5, "blurred");
    curves.write(order, 1, false, target, 1);
    assertEquals(1, target[6]); // Shown first.
    assertEquals(0.5, Curves.area(new double[] {0, 0.5, 1}), 1e-12);
  }

  @Test
  void correlationIsOfRanks() {
    Heatmap one = new Heatmap(1, 4, new float[] {1, 2, 3, 40});
    Heatmap same = new Heatmap(1, 4, new float[] {-5, 0, 1, 2});
    Heatmap flat = new Heatmap(1, 4, new float[4]);
    assertEquals(1, MapChecks.correlation(one, same), 1e-12);
    assertEquals(0, MapChecks.correlation(one, flat));
  }

  @Test
  void imagesAreTakenFromEachClassAlike() {
    List<LabelledImage> images = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      images.add(new LabelledImage(Path.of("i" + i), i < 3 ? 0 : 1, "p" + i, "hash" + i));
    }
    List<LabelledImage> some = MapChecks.spread(images, 10);
    assertEquals(3, some.stream().filter(image -> image.label() == 0).count());
    assertEquals(10, some.size());
    assertEquals(10, some.stream().distinct().count());
  }

  private Places places(String json) throws IOException {
    Files.writeString(folder.resolve(Places.FILE), json);
    return Places.of(folder);
  }

  @Test
  void placesAreRunsOrBoxes() throws IOException {
    Places places =
        places(
            """
            {"images": [{"id": 7, "file_name": "a/b.png", "width": 3, "height": 2},
                        {"id": 8, "file_name": "c.png", "width": 4, "height": 4}],
             "categories": [],
             "annotations": [
              {"image_id": 7, "segmentation": {"counts": [1, 2, 3], "size": [2, 3]}, "score": 1},
              {"image_id": 8, "bbox": [1, 0, 2, 1]}]}
            """);
    Places.Region runs = places.in(folder.resolve("a").resolve("b.png")).orElseThrow();
    // Down the columns: the lower left, then the upper one beside it.
    assertArrayEquals(new boolean[] {false, true, false, true, false, false}, runs.inside());
    assertEquals(1 / 3.0, runs.share(), 1e-12);
    Places.Region box = places.in(folder.resolve("c.png")).orElseThrow();
    assertEquals(2 / 16.0, box.share());
    assertTrue(box.inside()[1] && box.inside()[2]);
    float[] map = new float[16];
    map[1] = 3;
    map[5] = 1;
    map[9] = -5;
    assertEquals(0.75, box.shareOf(new Heatmap(4, 4, map)), 1e-6);
    assertTrue(places.in(folder.resolve("d.png")).isEmpty());
    assertTrue(Places.of(folder.resolve("elsewhere")).in(folder.resolve("c.png")).isEmpty());
  }

  @Test
  void placesThatCannotBeAreNamed() {
    refused("[1]", "places.json");
    refused("{\"images\": []}", "no images and annotations");
    refused("{\"images\": [], \"annotations\": [{\"image_id\": 3}]}", "image_id 3");
    String image = "{\"images\": [{\"id\": 1, \"file_name\": \"a\", \"width\": 2, \"height\": 2}],";
    refused(image + "\"annotations\": [{\"image_id\": 1}]}", "neither");
    refused(
        image + "\"annotations\": [{\"image_id\": 1, \"segmentation\": {\"counts\": [3]}}]}",
        "do not add up");
  }

  private void refused(String json, String said) {
    RunException refused = assertThrows(RunException.class, () -> places(json));
    assertTrue(refused.getMessage().contains(said), refused.getMessage());
    assertTrue(refused.getMessage().contains(Places.FILE), refused.getMessage());
  }

  @Test
  void everyCheckCanFail() {
    Mean good = new Mean(0.9, 0.8, 1, 20);
    Mean bad = new Mean(0.1, -0.1, 0.3, 20);
    Mean far = new Mean(3.5, 2.5, 4.5, 20);
    assertEquals(List.of(), verdict(bad, good, good, good, far).failures());
    assertEquals(List.of(), verdict(bad, good, good, good, null).failures());
    assertFails(verdict(good, good, good, good, far), "all weights are shuffled");
    assertFails(verdict(bad, bad, good, good, far), "another seed");
    assertFails(verdict(bad, good, bad, good, far), "hiding");
    assertFails(verdict(bad, good, good, bad, far), "showing");
    assertFails(verdict(bad, good, good, good, good), "known findings");
    Mean unknown = Mean.of(new double[] {1}); // One patient tells nothing.
    assertFalse(verdict(bad, unknown, good, good, far).passed());
  }

  private static MapVerdict verdict(
      Mean shuffled, Mean repeated, Mean deletion, Mean insertion, Mean places) {
    return new MapVerdict(
        20, 20, List.of(new Shuffled("all", shuffled)), repeated, deletion, insertion, places);
  }

  private static void assertFails(MapVerdict verdict, String why) {
    assertEquals(1, verdict.failures().size(), verdict.failures().toString());
    assertTrue(verdict.failures().get(0).contains(why), verdict.failures().toString());
  }

  @Test
  void meansHaveStudentsInterval() {
    Mean mean = Mean.of(new double[] {1, 2, 3});
    assertEquals(2, mean.value());
    assertEquals(4.302652729911275 / Math.sqrt(3), mean.high() - 2, 1e-9);
    assertEquals(3, mean.units());
  }
}
