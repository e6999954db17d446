package io.pneuma.search;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;

class ImportanceTest {
  @Test
  void isTheShareOfTheRanksVarianceLessThatOfChance() {
    // Ranks 1 2 | 3 4 about their mean 2.5: total 5, within 1; 1 - (1 / 2) / (5 / 3) = 0.7.
    double share =
        Importance.share(new double[] {0.1, 0.2, 0.3, 9}, new Object[] {"a", "a", "b", "b"});
    assertEquals(0.7, share, 1e-12);
  }

  @Test
  void isNothingWhereTheValueTellsNothing() {
    Random random = new Random(1);
    double[] scores = random.doubles(400).toArray();
    Object[] groups = random.ints(400, 0, 4).boxed().toArray();
    assertTrue(Importance.share(scores, groups) < 0.03);
    assertEquals(0, Importance.share(new double[] {1, 1, 1, 1}, new Object[] {1, 1, 2, 2}));
  }

  @Test
  void isUndefinedForASingleValue() {
    assertEquals(
        Double.NaN, Importance.share(new double[] {1, 2, 3}, new Object[] {"a", "a", "a"}));
  }
}
