package io.pneuma.dicom;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Random;

/** Files of DICOM with planted names, ids and dates, none of which may come out again. */
public final class TestDicom {
  /** Parts of every planted text. */
  public static final List<String> PLANTED =
      List.of("PLANTED", "19410203", "20240506", "1.2.3.4.77");

  public static final int COLUMNS = 43;
  public static final int ROWS = 31;
  static final String DX = "1.2.840.10008.5.1.4.1.1.1.1";
  static final String INSTANCE = "1.2.3.4.77.3";
  static final String EXPLICIT = "1.2.840.10008.1.2.1";

  private TestDicom() {}

  /** Values of so many bits, the least and the greatest among them. */
  static int[] values(int bits, boolean signed) {
    Random random = new Random(bits);
    int least = signed ? -(1 << (bits - 1)) : 0;
    int most = least + (1 << bits) - 1;
    int[] values = new int[ROWS * COLUMNS];
    for (int i = 0; i < values.length; i++) {
      double wave = 0.5 + 0.45 * Math.sin(i % COLUMNS / 5.0) * Math.cos(i / (7.0 * COLUMNS));
      values[i] = (int) Math.round(least + (most - least) * wave) - random.nextInt(2);
      values[i] = Math.max(least, Math.min(most, values[i]));
    }
    values[0] = least;
    values[1] = most;
    return values;
  }

  /** A chest X-ray of 12 bits in 16, unsigned, MONOCHROME2, without a window. */
  static DataSetWriter xray() {
    return xray(12, 16, 11, false);
  }

  static DataSetWriter xray(int stored, int allocated, int high, boolean signed) {
    ByteBuffer pixels =
        ByteBuffer.allocate((ROWS * COLUMNS * allocated / 8 + 1) & ~1)
            .order(ByteOrder.LITTLE_ENDIAN);
    for (int value : values(stored, signed)) {
      int raw = (value & ((1 << stored) - 1)) << (high + 1 - stored);
      if (allocated == 16) {
        pixels.putShort((short) raw);
      } else {
        pixels.put((byte) raw);
      }
    }
    return new DataSetWriter()
        .text(Tag.SOP_CLASS, "UI", DX)
        .text(Tag.SOP_INSTANCE, "UI", INSTANCE)
        .text(0x00080020, "DA", "20240506")
        .text(0x00080030, "TM", "101112")
        .text(0x00080050, "SH", "PLANTED-ACC")
        .text(Tag.MODALITY, "CS", "DX")
        .text(Tag.PRESENTATION_INTENT, "CS", "FOR PRESENTATION")
        .text(0x00080080, "LO", "PLANTED HOSPITAL")
        .text(0x00080090, "PN", "PLANTED^DOCTOR")
        .text(0x00100010, "PN", "PLANTED^NAME")
        .text(Tag.PATIENT_ID, "LO", "PLANTED-ID")
        .text(0x00100030, "DA", "19410203")
        .text(0x00100040, "CS", "F")
        .text(Tag.BODY_PART, "CS", "CHEST")
        .text(Tag.STUDY_UID, "UI", "1.2.3.4.77.1")
        .text(0x0020000E, "UI", "1.2.3.4.77.2")
        .text(0x00200010, "SH", "PLANTED")
        .shorts(Tag.SAMPLES_PER_PIXEL, 1)
        .text(Tag.PHOTOMETRIC, "CS", "MONOCHROME2")
        .shorts(Tag.ROWS, ROWS)
        .shorts(Tag.COLUMNS, COLUMNS)
        .shorts(Tag.BITS_ALLOCATED, allocated)
        .shorts(Tag.BITS_STORED, stored)
        .shorts(Tag.HIGH_BIT, high)
        .shorts(Tag.PIXEL_REPRESENTATION, signed ? 1 : 0)
        .raw(Tag.PIXELS, "OW", pixels.array());
  }

  /**
   * A whole file of a chest X-ray.
   *
   * @param patient an identifier
   * @param bright from 0 to 1, by which it is told from others
   */
  public static byte[] file(String patient, double bright) {
    int center = (int) Math.round(3000 - 2000 * bright);
    return xray()
        .text(Tag.PATIENT_ID, "LO", patient)
        .text(Tag.WINDOW_CENTER, "DS", Integer.toString(center))
        .text(Tag.WINDOW_WIDTH, "DS", "2500")
        .file(DX, INSTANCE);
  }

  /**
   * One of several chest X-rays, each in a study of its own.
   *
   * @param number the last part of its UIDs
   */
  public static byte[] file(String patient, double bright, int number) {
    int center = (int) Math.round(3000 - 2000 * bright);
    return xray()
        .text(Tag.PATIENT_ID, "LO", patient)
        .text(Tag.STUDY_UID, "UI", study(number))
        .text(Tag.SERIES_UID, "UI", study(number) + ".1")
        .text(Tag.WINDOW_CENTER, "DS", Integer.toString(center))
        .text(Tag.WINDOW_WIDTH, "DS", "2500")
        .file(DX, instance(number));
  }

  /** The UID of its study. */
  public static String study(int number) {
    return "1.2.3.4.77.5." + number;
  }

  /** Its own UID. */
  public static String instance(int number) {
    return study(number) + ".1.1";
  }

  /** One that is no chest X-ray. */
  public static byte[] ofTheAbdomen() {
    return xray().text(Tag.BODY_PART, "CS", "ABDOMEN").file(DX, INSTANCE);
  }

  /** One of two frames. */
  public static byte[] ofTwoFrames() {
    return xray()
        .text(Tag.FRAMES, "IS", "2")
        .raw(Tag.PIXELS, "OW", new byte[4 * ROWS * COLUMNS])
        .file(DX, INSTANCE);
  }

  static byte[] file(DataSetWriter set) {
    return set.file(DX, INSTANCE);
  }

  /** The elements of a file without its preamble and meta information. */
  static byte[] body(byte[] file) {
    int meta = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).getInt(140);
    return java.util.Arrays.copyOfRange(file, 144 + meta, file.length);
  }

  static byte[] inSyntax(String syntax, byte[] body) {
    return DataSetWriter.file(syntax, DX, INSTANCE, body);
  }
}
