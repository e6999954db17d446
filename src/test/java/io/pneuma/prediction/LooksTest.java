package io.pneuma.prediction;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import io.pneuma.config.Recipe.Augmentation;
import io.pneuma.images.FixedView;
import java.util.HashSet;
import java.util.List;
import org.junit.jupiter.api.Test;

class LooksTest {
  @Test
  void viewsAreMirroredWhereTrainingFlips() {
    Augmentation flipping = new Augmentation(0.9, 10, 0.5, 4);
    assertEquals(List.of(FixedView.PLAIN), Looks.ONE.views(flipping));
    List<FixedView> upright = Looks.SEVERAL.views(new Augmentation(0.9, 10, 0, 4));
    assertEquals(6, upright.size());
    List<FixedView> both = Looks.SEVERAL.views(flipping);
    assertEquals(12, new HashSet<>(both).size());
    assertEquals(upright, both.subList(0, 6));
    assertEquals(FixedView.PLAIN, both.get(0));
  }

  @Test
  void oneViewIsAnsweredAsItIsAndOfSeveralTheLogitsAreAveraged() {
    double[] one = {0.3, 0.7};
    assertSame(one, Looks.mean(List.of(one)));
    // Odds of 9 and 1 have the geometric mean 3.
    double[] mean = Looks.mean(List.of(new double[] {0.9, 0.1}, new double[] {0.5, 0.5}));
    assertArrayEquals(new double[] {0.75, 0.25}, mean, 1e-12);
    double[] certain = Looks.mean(List.of(new double[] {1, 0}, new double[] {1, 0}));
    assertArrayEquals(new double[] {1, 0}, certain, 1e-12);
  }
}
