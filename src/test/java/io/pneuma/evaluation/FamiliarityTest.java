package io.pneuma.evaluation;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class FamiliarityTest {
  /** Two backbones; images lie in a plane of each one's features, strangers anywhere. */
  private static List<float[][]> images(int count, boolean strange, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    return Stream.generate(
            () -> new float[][] {features(12, strange, random), features(30, strange, random)})
        .limit(count)
        .toList();
  }

  private static float[] features(int width, boolean strange, SplittableRandom random) {
    double a = random.nextGaussian();
    double b = random.nextGaussian();
    float[] row = new float[width];
    for (int i = 0; i < width; i++) {
      double own = a * Math.cos(i) + b * Math.sin(3 * i);
      row[i] =
          (float) (100 + (strange ? 2 * random.nextGaussian() : own) + 0.1 * random.nextGaussian());
    }
    return row;
  }

  private final List<float[][]> training = Familiarity.spread(images(2500, false, 1));
  private final Familiarity familiarity = Familiarity.fit(training, images(300, false, 2));

  private double flagged(List<float[][]> images) {
    return images.stream()
        .mapToDouble(image -> familiarity.distance(image) > familiarity.threshold() ? 1 : 0)
        .average()
        .orElseThrow();
  }

  @Test
  void flagsStrangersAndAboutOneInAHundredOfItsOwnKind() {
    assertEquals(1, flagged(images(500, true, 3)));
    assertEquals(0.01, flagged(images(3000, false, 4)), 0.01);
    assertTrue(flagged(images(300, false, 2)) <= 0.01);
  }

  @Test
  void keepsImagesFromAllOver() {
    List<Integer> all = IntStream.range(0, 2500).boxed().toList();
    List<Integer> some = Familiarity.spread(all);
    assertEquals(1000, some.size());
    assertEquals(0, some.get(0));
    assertTrue(some.get(999) >= 2497);
    assertEquals(List.of(1, 2, 3), Familiarity.spread(List.of(1, 2, 3)));
  }

  @Test
  void isTheSameFromItsBytes() {
    Familiarity again = Familiarity.of(familiarity.toBytes());
    assertEquals(familiarity.threshold(), again.threshold());
    double[] before = images(20, true, 5).stream().mapToDouble(familiarity::distance).toArray();
    double[] after = images(20, true, 5).stream().mapToDouble(again::distance).toArray();
    assertArrayEquals(before, after);
  }

  @Test
  void onePartThatIsStrangeIsEnough() {
    float[][] own = images(1, false, 6).get(0);
    float[][] strange = images(1, true, 7).get(0);
    assertTrue(familiarity.distance(own) <= familiarity.threshold());
    assertTrue(familiarity.distance(new float[][] {own[0], strange[1]}) > familiarity.threshold());
    assertTrue(familiarity.distance(new float[][] {strange[0], own[1]}) > familiarity.threshold());
  }

  @Test
  void ofAFewImagesTheFurthestIsStillFamiliar() {
    List<float[][]> few = List.of(new float[][] {{0}}, new float[][] {{1}}, new float[][] {{3}});
    Familiarity known = Familiarity.fit(few, few);
    few.forEach(image -> assertTrue(known.distance(image) <= known.threshold()));
    assertTrue(known.distance(new float[][] {{9}}) > known.threshold());
  }
}
