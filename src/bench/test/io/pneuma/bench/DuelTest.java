package io.pneuma.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class DuelTest {
  private static Duel duel(double[]... turns) {
    Duel duel = new Duel();
    for (double[] turn : turns) {
      duel.add(new Turn(turn[0], turn[0] * 2), new Turn(turn[1], turn[1]));
    }
    return duel;
  }

  @Test
  void theRatioIsTheMedianOfTheTurnsRatiosAndNotTheRatioOfTheMedians() {
    // The machine was four times as slow during the second turn.
    Duel duel = duel(new double[] {1, 2}, new double[] {4, 12}, new double[] {1, 1.5});
    assertEquals(2, duel.ratio());
    assertEquals(1.5, duel.lowestRatio());
    assertEquals(3, duel.highestRatio());
    assertEquals(1, duel.pneumaSeconds());
    assertEquals(2, duel.peerSeconds());
  }

  @Test
  void processorTimeHasARatioOfItsOwn() {
    assertEquals(1, duel(new double[] {1, 2}).processorRatio());
  }

  @Test
  void theMedianOfAnEvenNumberIsHalfway() {
    assertEquals(2.5, Duel.median(new double[] {4, 1, 3, 2}));
    assertTrue(Double.isNaN(Duel.median(new double[0])));
  }
}
