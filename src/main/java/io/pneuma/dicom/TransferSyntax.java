package io.pneuma.dicom;

import java.util.Map;

/**
 * How a data set and its pixels are encoded (PS3.5, A).
 *
 * @param explicit whether each element names its value representation
 * @param bigEndian bytes of numbers, the greatest first
 * @param deflated whether all after the file meta information is compressed (RFC 1951)
 */
record TransferSyntax(boolean explicit, boolean bigEndian, boolean deflated, Pixels pixels) {
  /** How the pixels are encoded. */
  enum Pixels {
    NATIVE,
    RLE,
    JPEG,
    JPEG_LOSSLESS,
    JPEG_2000
  }

  private static final String ROOT = "1.2.840.10008.1.2";

  /** By what follows {@link #ROOT}. */
  private static final Map<String, TransferSyntax> KNOWN =
      Map.ofEntries(
          Map.entry("", new TransferSyntax(false, false, false, Pixels.NATIVE)),
          Map.entry(".1", explicit(Pixels.NATIVE)),
          Map.entry(".1.99", new TransferSyntax(true, false, true, Pixels.NATIVE)),
          Map.entry(".2", new TransferSyntax(true, true, false, Pixels.NATIVE)),
          Map.entry(".4.50", explicit(Pixels.JPEG)), // Baseline.
          Map.entry(".4.51", explicit(Pixels.JPEG)), // Extended, of which 8 bits are read.
          Map.entry(".4.57", explicit(Pixels.JPEG_LOSSLESS)), // Lossless.
          Map.entry(".4.70", explicit(Pixels.JPEG_LOSSLESS)), // Lossless, first-order prediction.
          Map.entry(".4.90", explicit(Pixels.JPEG_2000)),
          Map.entry(".4.91", explicit(Pixels.JPEG_2000)),
          Map.entry(".5", explicit(Pixels.RLE)));

  private static final Map<String, String> UNSUPPORTED =
      Map.of(
          ".4.80", "JPEG-LS",
          ".4.81", "JPEG-LS",
          ".4.92", "JPEG 2000 part 2",
          ".4.93", "JPEG 2000 part 2",
          ".4.100", "MPEG2",
          ".4.102", "MPEG-4",
          ".4.201", "HTJ2K",
          ".4.202", "HTJ2K",
          ".4.203", "HTJ2K");

  private static TransferSyntax explicit(Pixels pixels) {
    return new TransferSyntax(true, false, false, pixels);
  }

  static TransferSyntax of(String uid) throws DicomException {
    String rest = uid.startsWith(ROOT) ? uid.substring(ROOT.length()) : "?";
    TransferSyntax known = KNOWN.get(rest);
    if (known == null) {
      String name = UNSUPPORTED.getOrDefault(rest, "the transfer syntax " + Codes.uid(uid));
      throw new DicomException(
          "is DICOM in " + name + ", which is not supported; convert it, as with gdcmconv --raw");
    }
    return known;
  }
}
