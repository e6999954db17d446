package io.pneuma.audit;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.pneuma.audit.LabelErrors.Doubt;
import io.pneuma.shortcuts.LinearProbe;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class LabelErrorsTest {
  @Test
  void anImageThatReachesAnotherClassesThresholdIsAnError() {
    // The mean own probabilities, which are the thresholds: (.9 + .7 + .2) / 3 = .6 and .7.
    double[][] probabilities = {{0.9, 0.1}, {0.7, 0.3}, {0.2, 0.8}, {0.2, 0.8}, {0.4, 0.6}};
    int[] labels = {0, 0, 0, 1, 1};

    List<Doubt> doubts = LabelErrors.rank(probabilities, labels);

    assertEquals(List.of(2, 4, 1, 3, 0), doubts.stream().map(Doubt::image).toList());
    assertEquals(
        List.of(true, false, false, false, false), doubts.stream().map(Doubt::isProbable).toList());
    assertEquals(1, doubts.get(0).likelier());
  }

  @Test
  void swappedLabelsAreFoundAmongThreeClasses() throws IOException {
    Random random = new Random(5);
    int images = 300;
    float[][] rows = new float[images][8];
    int[] labels = new int[images];
    for (int i = 0; i < images; i++) {
      labels[i] = i % 3;
      for (int k = 0; k < rows[i].length; k++) {
        rows[i][k] = (float) random.nextGaussian() + (k == labels[i] ? 6 : 0);
      }
    }
    int[] swapped = {7, 100, 201};
    for (int i : swapped) {
      labels[i] = (labels[i] + 1) % 3;
    }
    boolean[] onTopic = new boolean[images];
    Arrays.fill(onTopic, true);
    int[] folds = IntStream.range(0, images).map(i -> i / 3 % 5).toArray();

    double[][] given =
        LabelErrors.probabilities(
            new LinearProbe(rows, labels, 3), labels, folds, onTopic, () -> {});

    List<Integer> first =
        LabelErrors.rank(given, labels).stream().limit(3).map(Doubt::image).sorted().toList();
    assertEquals(List.of(7, 100, 201), first);
    assertEquals(1, Arrays.stream(given[0]).sum(), 1e-6);
  }
}
