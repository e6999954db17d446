package io.pneuma.images;

import io.pneuma.images.ImageHeader.Format;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.stream.IntStream;

/** The first directory of a TIFF (TIFF 6.0, section 2), or of the EXIF in another file. */
final class TiffDirectory {
  private static final int SUBFILE = 254;
  private static final int WIDTH = 256;
  private static final int HEIGHT = 257;
  private static final int BITS = 258;
  private static final int PHOTOMETRIC = 262;
  private static final int ORIENTATION = 274;
  private static final int CHANNELS = 277;
  private static final int PLANES = 284;
  private static final int SAMPLES = 339;

  private static final int SEPARATE = 2;
  private static final int PALETTE = 3;

  /** By the value of SampleFormat; OpenCV takes all of them for unsigned. */
  private static final String[] KINDS = {
    "undefined", "unsigned", "signed", "floating-point", "undefined", "complex", "complex"
  };

  private final ByteBuffer data;
  private final int start;

  private TiffDirectory(ByteBuffer data, int start) {
    this.data = data;
    this.start = start;
  }

  /** Reads the byte order and the place of the first directory. */
  static TiffDirectory first(ByteBuffer data) {
    data.order(data.get(0) == 'I' ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
    return new TiffDirectory(data, data.getInt(4));
  }

  int orientation() {
    return value(ORIENTATION, 1);
  }

  ImageHeader header() {
    int photometric = value(PHOTOMETRIC, 1);
    int channels = value(CHANNELS, 1);
    int[] bits = values(BITS, 1);
    return new ImageHeader(
        Format.TIFF,
        value(WIDTH, 0),
        value(HEIGHT, 0),
        photometric == PALETTE ? 3 : channels,
        bits[0],
        photometric <= 2 && channels % 2 == 0,
        1,
        photometric == 0,
        1, // OpenCV turns TIFFs itself.
        objection(bits, channels));
  }

  private String objection(int[] bits, int channels) {
    for (int kind : values(SAMPLES, 1)) {
      if (kind != 1) {
        String name = kind >= 0 && kind < KINDS.length ? KINDS[kind] : "unknown";
        return "has " + name + " samples; expected unsigned ones of 8 or 16 bits";
      }
    }
    if (Arrays.stream(bits).distinct().count() > 1) {
      return "has channels of different bit depths";
    }
    if (channels > 1 && bits[0] > 8 && value(PLANES, 1) == SEPARATE) {
      return "has its channels in separate planes of " + bits[0] + " bits; save it interleaved";
    }
    return hasFurtherPage() ? "holds several pages; expected a single image" : "";
  }

  /** Whether a further image follows that is no thumbnail of this one. */
  private boolean hasFurtherPage() {
    int next = data.getInt(start + 2 + 12 * count());
    return next > 0 && (new TiffDirectory(data, next).value(SUBFILE, 0) & 1) == 0;
  }

  private int count() {
    return data.getShort(start) & 0xFFFF;
  }

  private int value(int tag, int otherwise) {
    return values(tag, otherwise)[0];
  }

  /** The values of a tag of shorts or longs. */
  private int[] values(int tag, int otherwise) {
    for (int entry = 0; entry < count(); entry++) {
      int at = start + 2 + 12 * entry;
      if ((data.getShort(at) & 0xFFFF) == tag) {
        boolean isShort = data.getShort(at + 2) == 3;
        int size = isShort ? Short.BYTES : Integer.BYTES;
        int number = Math.max(1, Math.min(data.getInt(at + 4), 1 << 10));
        int from = number * size > Integer.BYTES ? data.getInt(at + 8) : at + 8;
        return IntStream.range(0, number)
            .map(
                i ->
                    isShort
                        ? data.getShort(from + i * size) & 0xFFFF
                        : data.getInt(from + i * size))
            .toArray();
      }
    }
    return new int[] {otherwise};
  }
}
