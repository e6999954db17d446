package io.pneuma.archives;

import java.io.DataInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * What stands before the numbers of NumPy's NPY format, versions 1 to 3; see {@code
 * numpy.lib.format}. Arrays of numbers in C order alone: what would need Python to be read is
 * refused.
 *
 * @param type as NumPy writes it, such as {@code |u1}
 */
record NpyHeader(String type, List<Integer> shape) {
  private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};
  private static final int LONGEST = 1 << 16;
  private static final Pattern FIELDS =
      Pattern.compile(
          "\\{'descr': '([^']{1,9})', 'fortran_order': (True|False), 'shape': \\(([0-9, ]{0,99})\\),? ?\\}\\s*");

  /** Copies the shape. */
  NpyHeader {
    shape = List.copyOf(shape);
  }

  /**
   * Reads a header and leaves the stream at the first number.
   *
   * @throws IOException saying what it is instead
   */
  static NpyHeader read(DataInputStream in) throws IOException {
    if (!Arrays.equals(in.readNBytes(MAGIC.length), MAGIC)) {
      throw new IOException("is no NPY array");
    }
    int version = in.readUnsignedByte();
    in.readUnsignedByte(); // The minor version, always 0.
    long length =
        version == 1
            ? Short.toUnsignedInt(Short.reverseBytes(in.readShort()))
            : Integer.toUnsignedLong(Integer.reverseBytes(in.readInt()));
    if (version < 1 || version > 3 || length > LONGEST) {
      throw new IOException("is an NPY array of an unknown version");
    }
    String fields = new String(in.readNBytes((int) length), StandardCharsets.ISO_8859_1);
    Matcher known = FIELDS.matcher(fields);
    if (!known.matches() || known.group(1).contains("O")) {
      throw new IOException("holds Python objects or records, which are not read");
    }
    if (known.group(2).equals("True")) {
      throw new IOException("stands in Fortran's order; expected C's");
    }
    try {
      List<Integer> shape =
          Arrays.stream(known.group(3).split(","))
              .map(String::strip)
              .filter(size -> !size.isEmpty())
              .map(Integer::valueOf)
              .toList();
      return new NpyHeader(known.group(1), shape);
    } catch (NumberFormatException e) {
      throw new IOException("has the shape (" + known.group(3) + "), which is too large", e);
    }
  }

  /** As in {@code 624 x 28 x 28}. */
  String size() {
    return shape.stream().map(String::valueOf).collect(Collectors.joining(" x "));
  }
}
