package io.pneuma.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pneuma.cli.BarText.State;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BarTextTest {
  private static final String NOTE = "epoch 12, loss 0.1234, rocAuc 0.9912";

  private static String line(long done, long total, String note, boolean ended, int columns) {
    return new BarText("images")
        .line(new State("training", 0, done, total, 100, note, ended), columns);
  }

  @ParameterizedTest
  @ValueSource(ints = {40, 60, 78, 98, 108, 200})
  void neverIsLongerThanTheLine(int columns) {
    String line = line(48_384, 120_960, NOTE, false, columns);
    assertTrue(line.length() <= columns, line);
    assertTrue(line.contains("left"), line);
  }

  @Test
  void onEightyColumnsRateTimeLossAndMetricAreThere() {
    // 48384 images in 100 s are 483.84 a second; 72576 are left: 150 s.
    assertEquals(
        "training  40%  484 images/s, 2:30 left, epoch 12, loss 0.1234, rocAuc 0.9912",
        line(48_384, 120_960, NOTE, false, 78));
  }

  @Test
  void whereThereIsRoomCountsAndABarAreThere() {
    assertEquals(
        "training  40% [============                  ]  48384/120960 images, 484 images/s,"
            + " 2:30 left, epoch 12",
        line(48_384, 120_960, "epoch 12", false, 120));
  }

  @Test
  void atTheEndTellsHowLongItTook() {
    assertEquals(
        "training 100%  100/100 images, 1.0 images/s, in 1:40", line(100, 100, "", true, 55));
  }

  @Test
  void knowsNoTimeLeftWithoutARateOrATotal() {
    assertEquals("training   0%  0/100 images", line(0, 100, "", false, 30));
    assertEquals("training  50 images, 0.5 images/s", line(50, 0, "", false, 78));
  }

  @Test
  void timesReadAsOnAClock() {
    assertEquals("52 s", BarText.time(52.2));
    assertEquals("1:00", BarText.time(59.7));
    assertEquals("1:04:07", BarText.time(3847));
  }

  @Test
  void aLongLineIsBrokenAtItsBlanks() {
    String text = Terminal.wrapped("one two three four", 9);
    assertEquals(
        "one two" + System.lineSeparator() + "  three" + System.lineSeparator() + "  four", text);
    assertEquals("a/path/that/is/long", Terminal.wrapped("a/path/that/is/long", 9));
    assertEquals("short", Terminal.wrapped("short", 9));
  }
}
