package io.pneuma.backbone;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** Against PyTorch's interpolation, by golden/make.py. */
class PositionsTest {
  private static final int CHANNELS = 2;

  private static long[] shape(int side) {
    return new long[] {1, 1 + side * side, CHANNELS};
  }

  @Test
  void areWhatPyTorchInterpolates() throws IOException {
    float[] given = new float[(1 + 16) * CHANNELS];
    given[0] = 5;
    given[1] = 6;
    for (int i = 0; i < 16 * CHANNELS; i++) {
      given[CHANNELS + i] = (float) Math.sin(0.7 * i);
    }
    JsonNode golden;
    try (InputStream json = getClass().getResourceAsStream("/golden/positions.json")) {
      golden = new ObjectMapper().readTree(json);
    }
    for (int side : new int[] {7, 3}) {
      float[] scaled = Positions.scaled(given, shape(4), shape(side));
      assertEquals(5, scaled[0]);
      assertEquals(6, scaled[1]);
      JsonNode expected = golden.get(String.valueOf(side));
      assertEquals(side * side * CHANNELS, expected.size());
      for (int i = 0; i < expected.size(); i++) {
        assertEquals(expected.get(i).asDouble(), scaled[CHANNELS + i], 1e-5);
      }
    }
    assertArrayEquals(given, Positions.scaled(given, shape(4), shape(4)), 1e-6f);
  }

  @Test
  void onlySquaresOfAsManyChannelsCanBeScaled() {
    assertTrue(Positions.canBeScaled(shape(4), shape(7)));
    assertFalse(Positions.canBeScaled(new long[] {1, 1 + 15, CHANNELS}, shape(7)));
    assertFalse(Positions.canBeScaled(new long[] {1, 17, 3}, shape(7)));
    assertFalse(Positions.canBeScaled(Arrays.copyOf(shape(4), 2), shape(7)));
  }
}
