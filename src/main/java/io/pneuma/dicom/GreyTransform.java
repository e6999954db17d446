package io.pneuma.dicom;

import io.pneuma.dicom.DataSet.Element;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.function.DoubleUnaryOperator;

/**
 * From stored values to greys that are shown (PS3.3, C.7.6.3 and C.11), as one table for every
 * value that 16 bits can have: the bits that mean something, their sign, the modality's lookup
 * table or rescaling, the lookup table or window of the values of interest, the turning of
 * MONOCHROME1, and black for padding.
 *
 * <p>Where a file has several windows or lookup tables, the first is taken, and of both a lookup
 * table, since it may say more. Without either, the range of values that the bits allow is shown.
 */
final class GreyTransform {
  private static final int MOST = 65535;

  private final DicomFile file;
  private final DataSet set;

  /** A lookup table (PS3.3, C.11.1.1.1). */
  @SuppressWarnings("ArrayRecordComponent") // A carrier, never compared.
  record Lut(int first, int bits, int[] values) {
    double at(double value) {
      int index = (int) Math.rint(value) - first;
      return values[Math.max(0, Math.min(values.length - 1, index))];
    }

    double most() {
      return (1 << bits) - 1;
    }
  }

  GreyTransform(DicomFile file) {
    this.file = file;
    this.set = file.set();
  }

  /** Whether the least value is shown white. */
  boolean turned() {
    return file.photometric().equals("MONOCHROME1")
        || set.text(Tag.PRESENTATION_LUT_SHAPE).equals("INVERSE");
  }

  /** The modality's lookup table; empty where values are rescaled. */
  Optional<Lut> modality() throws DicomException {
    return lut(Tag.MODALITY_LUT, file.signed());
  }

  /** The lookup table of the values of interest; empty where there is a window, or none. */
  Optional<Lut> interest() throws DicomException {
    return lut(Tag.VOI_LUT, modality().isEmpty() && least() < 0);
  }

  /** The least value after rescaling. */
  private double least() throws DicomException {
    double least = file.signed() ? -(1 << (file.bitsStored() - 1)) : 0;
    double most = least + (1 << file.bitsStored()) - 1;
    double slope = set.decimal(Tag.RESCALE_SLOPE).orElse(1.0);
    return Math.min(slope * least, slope * most) + set.decimal(Tag.RESCALE_INTERCEPT).orElse(0.0);
  }

  /** By the 16 bits of a stored value, the grey: 0 is black, 65535 is white. */
  short[] table() throws DicomException {
    int bits = file.bitsStored();
    int shift = file.highBit() + 1 - bits;
    boolean signed = file.signed();
    double least = signed ? -(1 << (bits - 1)) : 0;
    double most = least + (1 << bits) - 1;

    Optional<Lut> rescaling = modality();
    double slope = set.decimal(Tag.RESCALE_SLOPE).orElse(1.0);
    double intercept = set.decimal(Tag.RESCALE_INTERCEPT).orElse(0.0);
    if (slope == 0) {
      throw new DicomException("is broken: its rescale slope is 0");
    }
    DoubleUnaryOperator modality =
        rescaling.isPresent() ? rescaling.get()::at : value -> slope * value + intercept;
    double from = rescaling.isPresent() ? 0 : least();
    double to =
        rescaling.isPresent()
            ? rescaling.get().most()
            : Math.max(slope * least, slope * most) + intercept;
    DoubleUnaryOperator interest = valuesOfInterest(from, to);
    boolean turned = turned();

    boolean pads = set.has(Tag.PADDING);
    int padding = pads ? padding(Tag.PADDING) : 0;
    int limit = set.has(Tag.PADDING_LIMIT) ? padding(Tag.PADDING_LIMIT) : padding;
    short[] table = new short[1 << 16];
    for (int stored = 0; stored < table.length; stored++) {
      int value = value(stored, bits, shift, signed);
      if (pads && value >= Math.min(padding, limit) && value <= Math.max(padding, limit)) {
        continue; // Not part of the image: black, however it is turned.
      }
      double shown = interest.applyAsDouble(modality.applyAsDouble(value));
      table[stored] = (short) Math.rint(MOST * (turned ? 1 - shown : shown));
    }
    return table;
  }

  /** Of 16 bits and the pixels' sign, whatever is stored of them: it may lie beyond all of them. */
  private int padding(int tag) throws DicomException {
    int value = set.unsigned(tag, 0);
    return file.signed() ? (short) value : value;
  }

  private static int value(int stored, int bits, int shift, boolean signed) {
    int value = (stored >>> shift) & ((1 << bits) - 1);
    return signed && value >= 1 << (bits - 1) ? value - (1 << bits) : value;
  }

  /**
   * From values in the modality's units to what is shown, from 0 to 1 (PS3.3, C.11.2.1).
   *
   * @param from the least value that there can be
   * @param to the greatest
   */
  private DoubleUnaryOperator valuesOfInterest(double from, double to) throws DicomException {
    Optional<Lut> lut = interest();
    if (lut.isPresent()) {
      return value -> lut.get().at(value) / lut.get().most();
    }
    Optional<Double> center = set.decimal(Tag.WINDOW_CENTER);
    Optional<Double> width = set.decimal(Tag.WINDOW_WIDTH);
    if (center.isEmpty() && width.isEmpty()) {
      return value -> (value - from) / (to - from);
    }
    if (center.isEmpty() || width.isEmpty()) {
      throw new DicomException("is broken: its window has a center or a width alone");
    }
    double c = center.get();
    double w = width.get();
    String function = set.text(Tag.VOI_LUT_FUNCTION);
    boolean linear = function.isEmpty() || function.equals("LINEAR");
    if (w <= 0 || (linear && w < 1)) {
      throw new DicomException("is broken: its window is too narrow");
    }
    return switch (function) {
      case "", "LINEAR" ->
          value -> w == 1 ? value <= c - 0.5 ? 0 : 1 : clamp((value - (c - 0.5)) / (w - 1) + 0.5);
      case "LINEAR_EXACT" -> value -> clamp((value - c) / w + 0.5);
      case "SIGMOID" -> value -> 1 / (1 + Math.exp(-4 * (value - c) / w));
      default ->
          throw new DicomException(
              "is DICOM of the VOI LUT function "
                  + Codes.code(function)
                  + "; supported are LINEAR, LINEAR_EXACT and SIGMOID");
    };
  }

  private static double clamp(double share) {
    return Math.max(0, Math.min(1, share));
  }

  /**
   * The first lookup table of a sequence.
   *
   * @param negative whether the values looked up may be so, and then the first of them is signed
   */
  private Optional<Lut> lut(int sequence, boolean negative) throws DicomException {
    List<DataSet> items = set.items(sequence);
    if (items.isEmpty()) {
      return Optional.empty();
    }
    DataSet item = items.get(0);
    int entries = item.unsigned(Tag.LUT_DESCRIPTOR, 0);
    int first = item.unsigned(Tag.LUT_DESCRIPTOR, 1);
    int bits = item.unsigned(Tag.LUT_DESCRIPTOR, 2);
    String vr = item.required(Tag.LUT_DESCRIPTOR).vr();
    boolean signed = vr.equals("SS") || (negative && !vr.equals("US"));
    int count = entries == 0 ? 1 << 16 : entries;
    Element data = item.required(Tag.LUT_DATA);
    if (bits < 8 || bits > 16) {
      throw new DicomException("is broken: a lookup table has " + bits + " bits; 8 to 16 may be");
    }
    boolean words = data.length() >= 2L * count;
    if (!words && (bits > 8 || data.length() < count)) {
      throw new DicomException("is broken: a lookup table holds fewer entries than it says");
    }
    ByteBuffer buffer = item.buffer(data);
    int[] values = new int[count];
    int most = (1 << bits) - 1;
    for (int i = 0; i < count; i++) {
      values[i] = words ? buffer.getShort(2 * i) & 0xFFFF : buffer.get(i) & 0xFF;
      if (values[i] > most) {
        throw new DicomException("is broken: a lookup table holds more than its bits allow");
      }
    }
    return Optional.of(new Lut(signed ? (short) first : first, bits, values));
  }
}
