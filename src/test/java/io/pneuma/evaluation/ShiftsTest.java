package io.pneuma.evaluation;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pneuma.evaluation.Shifts.Step;
import io.pneuma.evaluation.Shifts.Summary;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ShiftsTest {
  private static final OperatingPoint POINT = new OperatingPoint("ill", 0.4, "0.4", 1, null);

  private static Step step(int strength, double auc, double ece) {
    return new Step(strength, 0, auc, 0.5, 0.5, 0.5, ece, Map.of());
  }

  private static Shifts shifts(double lastAuc) {
    Map<String, List<Step>> kinds = new LinkedHashMap<>();
    kinds.put("darker", List.of(step(1, 0.9, 0.1), step(2, 0.8, 0.2)));
    kinds.put("noisier", List.of(step(1, 0.6, 0.1), step(2, lastAuc, 0)));
    Measurement clean = Measurement.of(MadeUpAnswers.ofTwoClasses(), POINT, 1);
    return Shifts.of(clean.metrics(), kinds);
  }

  @Test
  void aDropIsHowMuchWorseAScoreIs() {
    double clean = Measurement.of(MadeUpAnswers.ofTwoClasses(), POINT, 1).metrics().rocAuc();
    Summary auc = shifts(0.7).scores().get("rocAuc");
    assertEquals(clean, auc.clean());
    assertEquals(0.75, auc.mean(), 1e-12);
    assertEquals(clean - 0.75, auc.meanDrop(), 1e-12);
    assertEquals(0.6, auc.worst());
    assertEquals(clean - 0.6, auc.worstDrop(), 1e-12);
    assertEquals("noisier 1", auc.worstKind() + " " + auc.worstStrength());
  }

  @Test
  void aCalibrationErrorDropsWhereItGrows() {
    double clean = Measurement.of(MadeUpAnswers.ofTwoClasses(), POINT, 1).metrics().ece();
    Summary ece = shifts(0.7).scores().get("ece");
    assertEquals(0.2, ece.worst());
    assertEquals(0.2 - clean, ece.worstDrop(), 1e-12);
    assertEquals("darker 2", ece.worstKind() + " " + ece.worstStrength());
  }

  @Test
  void whatIsUndefinedSomewhereHasNoWorst() {
    Summary auc = shifts(Double.NaN).scores().get("rocAuc");
    assertTrue(Double.isNaN(auc.worst()) && Double.isNaN(auc.meanDrop()));
    assertEquals(0, auc.worstStrength());
  }

  @Test
  void aStepIsMeasuredAsAnyAnswers() {
    Answers answers = MadeUpAnswers.ofTwoClasses();
    Measurement whole = Measurement.of(answers, POINT, 1);
    Step step = Step.of(3, 0.7, answers, POINT, 1);
    assertEquals(Shifts.names().size(), step.ci95().size());
    for (String name : Shifts.names()) {
      assertEquals(whole.metrics().get(name), step.get(name), name);
      assertArrayEquals(whole.ci95().get(name), step.ci95().get(name), name);
    }
  }
}
