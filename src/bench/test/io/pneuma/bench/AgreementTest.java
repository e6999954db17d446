package io.pneuma.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class AgreementTest {
  @Test
  void differencesAreRelativeToThePeersMeanSize() {
    assertEquals(0.25, Agreement.difference(new double[] {2, -3}, new double[] {1, -3}), 1e-12);
  }

  @Test
  void refusesWhatIsApart() {
    BenchException refused =
        assertThrows(
            BenchException.class,
            () -> Agreement.require(new double[] {1.1}, new double[] {1}, 1e-3));
    assertTrue(refused.getMessage().contains("do not compute the same"));
  }

  @Test
  void refusesNaNAndAnotherNumberOfValues() {
    assertThrows(
        BenchException.class,
        () -> Agreement.require(new double[] {Double.NaN}, new double[] {1}, 1));
    assertThrows(BenchException.class, () -> Agreement.require(new double[2], new double[] {1}, 1));
  }
}
