package io.pneuma.inference;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pneuma.computation.Activation;
import io.pneuma.computation.Network;
import io.pneuma.computation.Shape;
import io.pneuma.computation.Step;
import io.pneuma.computation.Step.Concatenation;
import io.pneuma.computation.Step.Convolution;
import io.pneuma.computation.Window;
import java.util.List;
import java.util.stream.Stream;
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

  /** All steps at once for a batch. */
  private static Placement place(int batch, String output, Step... steps) {
    return place(batch, output, new Stretch(batch, List.of(steps)));
  }

  private static Placement place(int batch, String output, Stretch... stretches) {
    List<Step> steps = Stream.of(stretches).flatMap(part -> part.steps().stream()).toList();
    Network network = new Network("image", MAPS, steps, output);
    return new Placement(
        network, List.of(stretches), batch, shape -> 16L * shape.channels(), 16, true);
  }

  @Test
  void aChainTakesTwoPlacesInTurn() {
    Placement placement =
        place(3, "c", conv("a", "image", ""), conv("b", "a", ""), conv("c", "b", ""));
    assertEquals(3 * 2 * BYTES, placement.bytes());
    assertNotEquals(placement.offset("a", 0), placement.offset("b", 0));
  }

  @Test
  void aSumIsMadeWhereItsAddendWas() {
    Convolution sum = conv("sum", "b", "a");
    Placement placement = place(3, "sum", conv("a", "image", ""), conv("b", "a", ""), sum);
    assertTrue(placement.isReady(sum));
    assertEquals(3 * 2 * BYTES, placement.bytes());
  }

  @Test
  void aSumLeavesAloneWhatIsStillNeeded() {
    Convolution later = conv("sum", "b", "a");
    assertFalse(
        place(3, "c", conv("a", "image", ""), conv("b", "a", ""), later, conv("c", "sum", "a"))
            .isReady(later),
        "its addend is added again");
    Convolution own = conv("sum", "a", "a");
    assertFalse(
        place(3, "sum", conv("a", "image", ""), own).isReady(own), "its addend is its input");
  }

  @Test
  void inputsOfAConcatenationAreMadeSideBySideInEachImage() {
    Concatenation pair = new Concatenation("ab", List.of("a", "b"), new Shape(32, 2, 2));
    Concatenation all = new Concatenation("abc", List.of("ab", "c"), new Shape(48, 2, 2));
    Convolution inner = conv("inner", "x", "");
    Step[] steps = {
      conv("a", "image", ""),
      conv("b", "a", ""),
      pair,
      conv("x", "ab", ""),
      inner,
      conv("c", "inner", ""),
      all
    };
    Placement placement = place(3, "abc", steps);
    assertTrue(placement.isFree(pair) && placement.isFree(all));
    for (int image = 0; image < 3; image++) {
      long start = placement.offset("abc", 0) + image * 3L * BYTES;
      assertEquals(start, placement.offset("abc", image));
      assertEquals(start, placement.offset("a", image));
      assertEquals(start + BYTES, placement.offset("b", image));
      assertEquals(start + 2 * BYTES, placement.offset("c", image));
      assertEquals(placement.offset("x", 0) + image * BYTES, placement.offset("x", image));
    }
    for (Step step : steps) {
      assertEquals(step != inner, placement.isSingle(step), step.output());
    }
  }

  @Test
  void concatenationsAreCopiedWhereTheyAreNotToBeJoined() {
    Concatenation pair = new Concatenation("ab", List.of("a", "b"), new Shape(32, 2, 2));
    List<Step> steps = List.of(conv("a", "image", ""), conv("b", "a", ""), pair);
    Network network = new Network("image", MAPS, steps, "ab");
    Placement placement =
        new Placement(
            network, Stretch.whole(network, 3), 3, shape -> 16L * shape.channels(), 16, false);
    assertFalse(placement.isFree(pair));
    assertFalse(placement.isSingle(pair));
  }

  @Test
  void whatOneStretchKeepsToItselfHasRoomForASlice() {
    Step a = conv("a", "image", "");
    Step b = conv("b", "a", "");
    Step c = conv("c", "b", "");
    Step d = conv("d", "c", "");
    Placement placement =
        place(6, "d", new Stretch(2, List.of(a, b, c)), new Stretch(6, List.of(d)));
    assertEquals(placement.offset("a", 0), placement.offset("a", 4), "the slices share it");
    assertEquals(placement.offset("c", 0) + 4 * BYTES, placement.offset("c", 4), "goes on");
    assertEquals(placement.offset("image", 0) + 4 * BYTES, placement.offset("image", 4));
    // The image and c whole while a and b, two images each, come and go.
    assertEquals((6 + 6 + 2 + 2) * BYTES, placement.bytes());
  }

  @Test
  void whatALaterSliceNeedsIsKeptForTheWholeStretch() {
    Convolution sum = conv("c", "b", "a");
    Step[] later = {conv("b", "a", ""), sum, conv("d", "c", ""), conv("e", "d", "")};
    Placement placement =
        place(
            4,
            "e",
            new Stretch(4, List.of(conv("a", "image", ""))),
            new Stretch(2, List.of(later)));
    assertTrue(placement.isReady(sum), "each slice sums where its own addend was");
    assertEquals(placement.offset("a", 2), placement.offset("c", 2));
    for (String kept : List.of("a", "e")) {
      for (String passing : List.of("b", "d")) {
        for (int image = 0; image < 4; image += 2) {
          long apart = placement.offset(kept, image) - placement.offset(passing, 0);
          assertTrue(Math.abs(apart) >= 2 * BYTES, kept + " lies in " + passing);
        }
      }
    }
  }
}
