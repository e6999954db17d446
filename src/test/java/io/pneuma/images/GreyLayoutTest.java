package io.pneuma.images;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.FloatBuffer;
import org.junit.jupiter.api.Test;

class GreyLayoutTest {
  private static final int SIZE = 32;

  /** Brighter to the right. */
  private static FloatBuffer ramp(float contrast, float brightness) {
    FloatBuffer pixels = FloatBuffer.allocate(3 * SIZE * SIZE);
    for (int i = 0; i < pixels.capacity(); i++) {
      pixels.put(i, brightness + contrast * (i % SIZE) / SIZE);
    }
    return pixels;
  }

  @Test
  void hasUnitLengthAndTheMeansOfTheFields() {
    float[] layout = GreyLayout.of(ramp(0.5f, 0.1f), SIZE);
    double unit = 1 / Math.sqrt(4 * (2 * 9 + 2 * 1));
    for (int field = 0; field < 16; field++) {
      assertEquals((2 * (field % 4) - 3) * unit, layout[field], 1e-5, "field " + field);
    }
  }

  @Test
  void brightnessAndContrastDoNotChangeItAndInversionTurnsIt() {
    float[] layout = GreyLayout.of(ramp(0.5f, 0.1f), SIZE);
    assertArrayEquals(layout, GreyLayout.of(ramp(0.2f, 0.7f), SIZE), 1e-4f);
    float[] inverted = GreyLayout.of(ramp(-0.5f, 0.9f), SIZE);
    for (int field = 0; field < 16; field++) {
      assertEquals(-layout[field], inverted[field], 1e-4);
    }
  }

  @Test
  void oneGreyHasNone() {
    assertArrayEquals(new float[16], GreyLayout.of(ramp(0, 0.3f), SIZE));
  }
}
