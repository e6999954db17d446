package io.pneuma.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.List;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;

class LossCurveTest {
  private static final int TOP = 40;
  private static final int BOTTOM = 70;

  private static List<LossCurve.Step> steps(int count, IntToDoubleFunction smoothed) {
    return IntStream.range(0, count)
        .mapToObj(
            i ->
                new LossCurve.Step(
                    1e-7 * Math.pow(10, 8 * i / 99.0), Double.NaN, smoothed.applyAsDouble(i)))
        .toList();
  }

  /** Rises a little, falls in 30 steps from 1 to 0.4, rises. */
  private static double valley(int step) {
    if (step <= TOP) {
      return 1 - 0.001 * (TOP - step);
    }
    return step <= BOTTOM ? 1 - 0.02 * (step - TOP) : 0.4 + 0.1 * (step - BOTTOM);
  }

  @Test
  void theMiddleOfTheLongestValleyIsProposed() {
    LossCurve curve = new LossCurve(steps(100, LossCurveTest::valley));
    // 31 losses that fall, up to step 70: from 39 a third of 31 and a sixth, in whole steps.
    assertSame(curve.steps().get(39 + 10 + 5), curve.valley());
    assertTrue(curve.isWhole());
  }

  @Test
  void lossesThatRiseWithinAValleyShortenIt() {
    LossCurve curve =
        new LossCurve(steps(100, i -> i > TOP && i < BOTTOM && i % 2 == 1 ? 2 + i : valley(i)));
    // Of the valley's losses 16 fall, those of even steps.
    assertSame(curve.steps().get(54 + 5 + 2), curve.valley());
  }

  @Test
  void theSteepestFallAndTheLeastLossAreFound() {
    LossCurve curve =
        new LossCurve(steps(100, i -> valley(i) - (i > 47 && i <= BOTTOM ? 0.05 : 0)));
    assertSame(curve.steps().get(47), curve.steep());
    assertSame(curve.steps().get(BOTTOM), curve.minimum());
  }

  @Test
  void theFirstTenthAndTheLastFiveStepsDoNotCount() {
    LossCurve curve =
        new LossCurve(steps(100, i -> i < 10 ? 100 - 10 * i : i >= 95 ? -100 * i : valley(i)));
    assertSame(curve.steps().get(54), curve.valley());
    assertSame(curve.steps().get(BOTTOM), curve.minimum());
    assertEquals(
        -0.02,
        curve.steps().get(curve.steps().indexOf(curve.steep()) + 1).smoothed()
            - curve.steep().smoothed(),
        1e-9);
  }

  @Test
  void anEarlyEndIsNoHindrance() {
    LossCurve curve = new LossCurve(steps(80, LossCurveTest::valley));
    assertSame(curve.steps().get(54), curve.valley());
    assertFalse(curve.isWhole());
  }

  @Test
  void whatTellsNothingIsRefused() {
    TrainingException few =
        assertThrows(TrainingException.class, () -> new LossCurve(steps(17, i -> -i)));
    assertTrue(few.getMessage().contains("ended after 17 steps"), few.getMessage());
    new LossCurve(steps(18, i -> -i));
    TrainingException rising =
        assertThrows(TrainingException.class, () -> new LossCurve(steps(100, i -> i)));
    assertTrue(rising.getMessage().contains("falls at no learning rate"), rising.getMessage());
    assertThrows(TrainingException.class, () -> new LossCurve(steps(100, i -> 0.7)));
  }

  @Test
  void thePictureShowsTheSmoothedLossInItsPlace() throws IOException {
    List<LossCurve.Step> losses =
        steps(100, LossCurveTest::valley).stream()
            .map(s -> new LossCurve.Step(s.learningRate(), s.smoothed(), s.smoothed()))
            .toList();
    ByteArrayOutputStream png = new ByteArrayOutputStream();
    new LossPicture(new LossCurve(losses)).write(png);
    BufferedImage picture = ImageIO.read(new ByteArrayInputStream(png.toByteArray()));
    int[] lowest = {0, 0}; // The lowest blue pixel is that of the least loss, at 10^-1.34.
    for (int y = 0; y < picture.getHeight(); y++) {
      for (int x = 300; x < picture.getWidth(); x++) {
        if ((picture.getRGB(x, y) & 0xFFFFFF) == 0x0072B2) {
          lowest = new int[] {x, y};
        }
      }
    }
    assertEquals(0.07 * 1000 + 0.9 * 1000 * BOTTOM / 99, lowest[0], 40);
    assertEquals(540, lowest[1], 60);
  }
}
