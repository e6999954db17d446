package io.pneuma.inference;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pneuma.inference.Step.Concatenation;
import io.pneuma.inference.Step.Convolution;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Feature maps of 16 channels and 4 pixels: 256 bytes each. */
class PlacementTest {
  private static final Shape MAPS = new Shape(16, 2, 2);
  private static final long BYTES = 256;

  private static Convolution conv(String output, String input, String addend) {
    Window window = Window.pixel();
    return new Convolution(
        output,
        input,
        addend,
        MAPS,
        window,
        1,
        () -> new float[256],
        new float[16],
        Activation.RELU);
  }

  private static Placement place(boolean single, String output, Step... steps) {
    Network network = new Network("image", MAPS, List.of(steps), output);
    return new Placement(network, shape -> 16L * shape.channels(), 16, single);
  }

  @Test
  void aChainTakesTwoPlacesInTurn() {
    Placement placement =
        place(false, "c", conv("a", "image", ""), conv("b", "a", ""), conv("c", "b", ""));
    assertEquals(2 * BYTES, placement.bytes());
    assertNotEquals(placement.offset("a"), placement.offset("b"));
  }

  @Test
  void aSumIsMadeWhereItsAddendWas() {
    Convolution sum = conv("sum", "b", "a");
    Placement placement = place(false, "sum", conv("a", "image", ""), conv("b", "a", ""), sum);
    assertTrue(placement.isReady(sum));
    assertEquals(2 * BYTES, placement.bytes());
  }

  @Test
  void aSumLeavesAloneWhatIsStillNeeded() {
    Convolution later = conv("sum", "b", "a");
    assertFalse(
        place(false, "c", conv("a", "image", ""), conv("b", "a", ""), later, conv("c", "sum", "a"))
            .isReady(later),
        "its addend is added again");
    Convolution own = conv("sum", "a", "a");
    assertFalse(
        place(false, "sum", conv("a", "image", ""), own).isReady(own), "its addend is its input");
  }

  @Test
  void oneImageAtATimeIsConcatenatedWithoutCopies() {
    Concatenation pair = new Concatenation("ab", List.of("a", "b"), new Shape(32, 2, 2));
    Concatenation all = new Concatenation("abc", List.of("ab", "c"), new Shape(48, 2, 2));
    Step[] steps = {
      conv("a", "image", ""), conv("b", "a", ""), pair, conv("c", "ab", ""), all, conv("d", "c", "")
    };
    Placement single = place(true, "abc", steps);
    assertTrue(single.isFree(pair) && single.isFree(all));
    assertEquals(single.offset("abc"), single.offset("a"));
    assertEquals(single.offset("abc") + BYTES, single.offset("b"));
    assertEquals(single.offset("abc") + 2 * BYTES, single.offset("c"));
    Placement several = place(false, "abc", steps);
    assertFalse(several.isFree(pair) || several.isFree(all));
  }
}
