package io.pneuma.images;

/**
 * How strongly a JPEG was compressed, told from its first quantisation table. Encoders scale the
 * table of ITU T.81, K.1, by a quality from 1 to 100 as libjpeg does; for tables of another origin
 * the estimate is of the quality that is about as coarse. Below 25, where entries reach their
 * greatest value, it is too good.
 */
final class JpegQuality {
  private static final int ENTRIES = 64;

  /** The sum of table K.1, of luminance. */
  private static final double STANDARD_SUM = 3688;

  private JpegQuality() {}

  /** The estimated quality; 0 where there is no table before the first scan. */
  static int of(byte[] bytes) {
    int at = 2;
    while (at + 4 < bytes.length) {
      if (at(bytes, at) != 0xFF) {
        at++; // Stray bytes, which decoders skip.
        continue;
      }
      int marker = at(bytes, at + 1);
      if (marker == 0xFF || marker == 0 || marker == 0xD8) {
        at++;
        continue;
      }
      if (marker == 0xDA || marker == 0xD9) {
        return 0;
      }
      if (marker == 0xDB) {
        return ofTable(bytes, at + 4);
      }
      at += 2 + (at(bytes, at + 2) << 8 | at(bytes, at + 3));
    }
    return 0;
  }

  private static int ofTable(byte[] bytes, int start) {
    int entryBytes = 1 + (at(bytes, start) >> 4 & 1);
    if (start + 1 + ENTRIES * entryBytes > bytes.length) {
      return 0;
    }
    double sum = 0;
    for (int i = 0; i < ENTRIES; i++) {
      int entry = start + 1 + i * entryBytes;
      sum += entryBytes == 1 ? at(bytes, entry) : at(bytes, entry) << 8 | at(bytes, entry + 1);
    }
    double percent = 100 * sum / STANDARD_SUM;
    double quality = percent <= 100 ? (200 - percent) / 2 : 5000 / percent;
    return (int) Math.round(Math.min(100, Math.max(1, quality)));
  }

  private static int at(byte[] bytes, int index) {
    return bytes[index] & 0xFF;
  }
}
