package io.pneuma.evaluation;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ClassBalanceTest {
  private static final List<String> CLASSES = List.of("NORMAL", "PNEUMONIA");

  /**
   * Images of which a share is ill, as a network says of them that was trained on as many of each:
   * its logit is normal about -m or m with variance 2m, which is its log likelihood ratio itself.
   */
  private static Answers drawn(int images, double ill, double m, double overconfidence, long seed) {
    Random random = new Random(seed);
    int[] labels = new int[images];
    double[][] probabilities = new double[images][];
    List<String> patients = new ArrayList<>();
    for (int i = 0; i < images; i++) {
      labels[i] = i < ill * images ? 1 : 0;
      double logit = (labels[i] == 1 ? m : -m) + Math.sqrt(2 * m) * random.nextGaussian();
      double p = 1 / (1 + Math.exp(-overconfidence * logit));
      probabilities[i] = new double[] {1 - p, p};
      patients.add("p" + i);
    }
    return new Answers(CLASSES, patients, labels, probabilities);
  }

  private static ClassBalance estimate(Answers validation, Answers images)
      throws ClassBalance.UnknownException {
    return ClassBalance.estimate(validation, images.probabilities(), images.patients(), 1);
  }

  @ParameterizedTest
  @ValueSource(doubles = {0.05, 0.5, 0.9})
  void aPlantedBalanceIsFoundWithinItsInterval(double ill) throws ClassBalance.UnknownException {
    Answers validation = drawn(300, 0.5, 2, 3, 1);
    ClassBalance balance = estimate(validation, drawn(400, ill, 2, 3, 2));
    double[] interval = balance.ci95().get("PNEUMONIA");
    assertTrue(interval[0] <= ill && ill <= interval[1], interval[0] + " to " + interval[1]);
    assertTrue(interval[1] - interval[0] < 0.25, interval[0] + " to " + interval[1]);
    assertEquals(0.5, balance.before().get("PNEUMONIA"), 0.01);
    assertFalse(balance.disagrees());
    // Three times too sure of itself, as the network is made.
    assertEquals(1 / 3.0, balance.calibration().factor(), 0.06);
    double[] calibrated = balance.calibration().of(new double[] {0.4, 0.6});
    double[] now = balance.scaling().of(new double[] {0.4, 0.6});
    double share = balance.after().get("PNEUMONIA");
    double before = balance.before().get("PNEUMONIA");
    assertEquals(
        share / (1 - share) / (before / (1 - before)),
        now[1] / now[0] / (calibrated[1] / calibrated[0]),
        1e-9);
  }

  @Test
  void certainImagesAreCountedAndImagesThatTellNothingChangeNothing()
      throws ClassBalance.UnknownException {
    double[][] certain = {{1, 0}, {1, 0}, {1, 0}, {0, 1}};
    double[] even = {0.5, 0.5};
    assertArrayEquals(
        new double[] {0.75, 0.25},
        ClassBalance.maximise(certain, new double[] {1, 1, 1, 1}, even),
        1e-9);
    assertArrayEquals(
        new double[] {0.6, 0.4},
        ClassBalance.maximise(certain, new double[] {1, 1, 1, 2}, even),
        1e-9);
    double[] rare = {0.8, 0.2};
    assertArrayEquals(
        rare, ClassBalance.maximise(new double[][] {rare, rare}, new double[] {1, 1}, rare), 1e-9);
  }

  @Test
  void whatCannotBeToldIsRefused() {
    Answers validation = drawn(300, 0.5, 2, 1, 1);
    assertRefused("of 19 patients", validation, drawn(19, 0.5, 2, 1, 2));
    Answers blind = drawn(300, 0.5, 0.01, 1, 1);
    assertRefused("hardly tells the classes apart", blind, drawn(300, 0.5, 0.01, 1, 2));
    Answers weak = drawn(200, 0.5, 0.3, 1, 1);
    assertRefused("could be anything from", weak, drawn(40, 0.5, 0.3, 1, 3));
  }

  private static void assertRefused(String why, Answers validation, Answers images) {
    ClassBalance.UnknownException refusal =
        assertThrows(ClassBalance.UnknownException.class, () -> estimate(validation, images));
    assertTrue(refusal.getMessage().contains(why), refusal.getMessage());
  }

  @Test
  void imagesOfOnePatientAreOneDraw() throws ClassBalance.UnknownException {
    Answers validation = drawn(300, 0.5, 2, 1, 1);
    Answers apart = drawn(200, 0.3, 2, 1, 2);
    List<String> together = new ArrayList<>();
    for (int i = 0; i < apart.size(); i++) {
      together.add("p" + i / 5);
    }
    double[] narrow = estimate(validation, apart).ci95().get("PNEUMONIA");
    double[] wide =
        ClassBalance.estimate(validation, apart.probabilities(), together, 1)
            .ci95()
            .get("PNEUMONIA");
    assertTrue(wide[1] - wide[0] > 1.3 * (narrow[1] - narrow[0]));
  }

  @Test
  void anotherKindOfShiftIsTold() throws ClassBalance.UnknownException {
    Answers validation = drawn(300, 0.5, 2, 1, 1);
    // All images alike and undecided: no balance of the former two kinds gives such.
    double[][] alike = Collections.nCopies(100, new double[] {0.35, 0.65}).toArray(double[][]::new);
    List<String> patients = new ArrayList<>();
    for (int i = 0; i < alike.length; i++) {
      patients.add("p" + i);
    }
    assertTrue(ClassBalance.estimate(validation, alike, patients, 1).disagrees());
  }
}
