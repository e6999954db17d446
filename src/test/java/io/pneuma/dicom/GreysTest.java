package io.pneuma.dicom;

import static io.pneuma.dicom.TestDicom.file;
import static io.pneuma.dicom.TestDicom.values;
import static io.pneuma.dicom.TestDicom.xray;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.function.IntToDoubleFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is shown of stored values, held against the formulas of PS3.3, C.11. */
class GreysTest {
  private static final int[] UNSIGNED = values(12, false);

  private static short[] greys(DataSetWriter set) throws DicomException {
    return DicomFile.read(file(set)).greys();
  }

  /** The greys of values, 0 being black and 1 white. */
  private static void assertShown(DataSetWriter set, int[] values, IntToDoubleFunction shown)
      throws DicomException {
    short[] greys = greys(set);
    for (int i = 0; i < values.length; i++) {
      assertEquals(
          65535 * shown.applyAsDouble(values[i]), greys[i] & 0xFFFF, 0.5001, "value " + values[i]);
    }
  }

  private static double clamp(double share) {
    return Math.max(0, Math.min(1, share));
  }

  @ParameterizedTest
  @CsvSource({
    "8, 8, 7, false",
    "8, 8, 7, true",
    "7, 8, 6, false",
    "12, 16, 11, false",
    "12, 16, 11, true",
    "12, 16, 15, false",
    "12, 16, 13, true",
    "16, 16, 15, false",
    "16, 16, 15, true",
    "10, 16, 9, false",
    "8, 16, 7, false"
  })
  void bitsAndSignsAreThoseOfTheirPlace(int stored, int allocated, int high, boolean signed)
      throws DicomException {
    int least = signed ? -(1 << (stored - 1)) : 0;
    assertShown(
        xray(stored, allocated, high, signed),
        values(stored, signed),
        value -> (value - least) / ((1 << stored) - 1.0));
  }

  @Test
  void bitsBeyondTheStoredOnesMeanNothing() throws DicomException {
    byte[] clean = file(xray());
    byte[] dirty = clean.clone();
    for (int i = dirty.length - 1; i > dirty.length - 200; i -= 2) {
      dirty[i] |= (byte) 0xA0; // Overlays stood there once.
    }
    org.junit.jupiter.api.Assertions.assertArrayEquals(
        DicomFile.read(clean).greys(), DicomFile.read(dirty).greys());
  }

  @Test
  void monochrome1IsTurned() throws DicomException {
    assertShown(
        xray().text(Tag.PHOTOMETRIC, "CS", "MONOCHROME1"), UNSIGNED, value -> 1 - value / 4095.0);
  }

  @Test
  void anInverseShapeTurnsOnce() throws DicomException {
    assertShown(
        xray()
            .text(Tag.PHOTOMETRIC, "CS", "MONOCHROME1")
            .text(Tag.PRESENTATION_LUT_SHAPE, "CS", "INVERSE"),
        UNSIGNED,
        value -> 1 - value / 4095.0);
  }

  @Test
  void aLinearWindowIsThatOfTheStandard() throws DicomException {
    assertShown(
        xray().text(Tag.WINDOW_CENTER, "DS", "1500", "9").text(Tag.WINDOW_WIDTH, "DS", "1700", "9"),
        UNSIGNED,
        value -> clamp((value - 1499.5) / 1699 + 0.5));
  }

  @Test
  void aWindowOfWidthOneIsAThreshold() throws DicomException {
    assertShown(
        xray().text(Tag.WINDOW_CENTER, "DS", "1500").text(Tag.WINDOW_WIDTH, "DS", "1"),
        UNSIGNED,
        value -> value <= 1499.5 ? 0 : 1);
  }

  @Test
  void exactAndSigmoidWindowsAreThoseOfTheStandard() throws DicomException {
    DataSetWriter set =
        xray().text(Tag.WINDOW_CENTER, "DS", "1500.5").text(Tag.WINDOW_WIDTH, "DS", "1700");
    assertShown(
        set.text(Tag.VOI_LUT_FUNCTION, "CS", "LINEAR_EXACT"),
        UNSIGNED,
        value -> clamp((value - 1500.5) / 1700 + 0.5));
    assertShown(
        set.text(Tag.VOI_LUT_FUNCTION, "CS", "SIGMOID"),
        UNSIGNED,
        value -> 1 / (1 + Math.exp(-4 * (value - 1500.5) / 1700)));
    set.text(Tag.VOI_LUT_FUNCTION, "CS", "CUBIC");
    assertTrue(
        assertThrows(DicomException.class, () -> greys(set)).getMessage().contains("(another)"));
  }

  @Test
  void aWindowIsOfRescaledValues() throws DicomException {
    assertShown(
        xray(12, 16, 11, true)
            .text(Tag.RESCALE_SLOPE, "DS", "0.5")
            .text(Tag.RESCALE_INTERCEPT, "DS", "-100")
            .text(Tag.WINDOW_CENTER, "DS", "-50")
            .text(Tag.WINDOW_WIDTH, "DS", "700"),
        values(12, true),
        value -> clamp((value * 0.5 - 100 + 50.5) / 699 + 0.5));
  }

  @Test
  void aFallingSlopeTurns() throws DicomException {
    assertShown(
        xray().text(Tag.RESCALE_SLOPE, "DS", "-1").text(Tag.RESCALE_INTERCEPT, "DS", "4095"),
        UNSIGNED,
        value -> 1 - value / 4095.0);
  }

  private static DataSetWriter lut(int entries, int first, int bits, IntToDoubleFunction curve) {
    ByteBuffer data = ByteBuffer.allocate(2 * entries).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < entries; i++) {
      data.putShort((short) Math.round(curve.applyAsDouble(i) * ((1 << bits) - 1)));
    }
    return new DataSetWriter()
        .shorts(Tag.LUT_DESCRIPTOR, entries, first, bits)
        .raw(Tag.LUT_DATA, "OW", data.array());
  }

  @Test
  void aTableOfInterestGoesBeforeAWindow() throws DicomException {
    IntToDoubleFunction curve = i -> Math.pow(i / 999.0, 0.6);
    DataSetWriter set =
        xray()
            .sequence(Tag.VOI_LUT, lut(1000, 1500, 10, curve))
            .text(Tag.WINDOW_CENTER, "DS", "1")
            .text(Tag.WINDOW_WIDTH, "DS", "2");
    assertShown(
        set,
        UNSIGNED,
        value ->
            Math.round(curve.applyAsDouble(Math.max(0, Math.min(999, value - 1500))) * 1023)
                / 1023.0);
  }

  @Test
  void aModalityTableGoesBeforeRescaling() throws DicomException {
    IntToDoubleFunction curve = i -> Math.sqrt(i / 4095.0);
    DataSetWriter set =
        xray()
            .sequence(Tag.MODALITY_LUT, lut(4096, 0, 16, curve))
            .text(Tag.RESCALE_SLOPE, "DS", "7");
    assertShown(set, UNSIGNED, value -> Math.round(curve.applyAsDouble(value) * 65535) / 65535.0);
  }

  @Test
  void paddingIsBlackHoweverTheImageIsTurned() throws DicomException {
    assertShown(
        xray().text(Tag.PHOTOMETRIC, "CS", "MONOCHROME1").shorts(Tag.PADDING, 4095),
        UNSIGNED,
        value -> value == 4095 ? 0 : 1 - value / 4095.0);
    assertShown(
        xray()
            .text(Tag.PHOTOMETRIC, "CS", "MONOCHROME1")
            .shorts(Tag.PADDING, 0)
            .shorts(Tag.PADDING_LIMIT, 9),
        UNSIGNED,
        value -> value <= 9 ? 0 : 1 - value / 4095.0);
  }

  @Test
  void paddingBeyondWhatIsStoredIsNobody() throws DicomException {
    assertShown(xray().shorts(Tag.PADDING, 65535), UNSIGNED, value -> value / 4095.0);
    assertShown(
        xray(12, 16, 11, true).shorts(Tag.PADDING, -2048),
        values(12, true),
        value -> (value + 2048) / 4095.0);
  }

  @Test
  void whatCannotBeShownIsRefused() {
    String[][] refused = {
      {"0", "1", "too narrow"}, {"100", "x", "no number"}, {"100", null, "alone"}
    };
    for (String[] window : refused) {
      DataSetWriter set = xray().text(Tag.WINDOW_WIDTH, "DS", window[0]);
      if (window[1] != null) {
        set.text(Tag.WINDOW_CENTER, "DS", window[1]);
      }
      String message = assertThrows(DicomException.class, () -> greys(set)).getMessage();
      assertTrue(message.contains(window[2]), message);
    }
    DataSetWriter zero = xray().text(Tag.RESCALE_SLOPE, "DS", "0");
    assertThrows(DicomException.class, () -> greys(zero));
    DataSetWriter few =
        xray().sequence(Tag.VOI_LUT, lut(9, 0, 10, i -> 0).shorts(Tag.LUT_DESCRIPTOR, 99, 0, 10));
    assertThrows(DicomException.class, () -> greys(few));
  }
}
