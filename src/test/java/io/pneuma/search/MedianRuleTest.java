package io.pneuma.search;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class MedianRuleTest {
  /** Best of the first two epochs: 0.6, 0.5, 0.7, 0.9; their median is 0.65. */
  private static final List<List<Double>> OTHERS =
      List.of(List.of(0.6, 0.5, 0.99), List.of(0.4, 0.5), List.of(0.7), List.of(0.1, 0.9, 0.95));

  @Test
  void givesUpBelowTheMedianOfTheSameEpoch() {
    MedianRule rule = new MedianRule("rocAuc", false, 2, OTHERS);
    assertTrue(rule.isHopeless(List.of(0.64, 0.2)));
    assertFalse(rule.isHopeless(List.of(0.66, 0.2)));
    assertFalse(rule.isHopeless(List.of(0.2, 0.65)));
  }

  @Test
  void givesEveryCandidateItsFirstEpochs() {
    assertFalse(new MedianRule("rocAuc", false, 2, OTHERS).isHopeless(List.of(0.0)));
  }

  @Test
  void needsOthersToJudgeBy() {
    assertFalse(new MedianRule("rocAuc", false, 1, OTHERS.subList(0, 3)).isHopeless(List.of(0.0)));
  }

  @Test
  void lessIsBetterOfAnError() {
    MedianRule rule =
        new MedianRule("rocAuc", true, 1, OTHERS); // After one epoch 0.6, 0.4, 0.7, 0.1.
    assertTrue(rule.isHopeless(List.of(0.51)));
    assertFalse(rule.isHopeless(List.of(0.49)));
  }

  @Test
  void theUndefinedIsTheWorst() {
    assertTrue(new MedianRule("rocAuc", false, 1, OTHERS).isHopeless(List.of(Double.NaN)));
  }
}
