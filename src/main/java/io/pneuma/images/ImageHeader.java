package io.pneuma.images;

import io.pneuma.dicom.DicomFile;
import java.io.Serializable;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;

/**
 * What the first bytes of an image file promise, read before any memory is taken for its pixels.
 *
 * @param format the name of a format that {@link ImageDecoder} reads
 * @param channels 1 grey, 2 grey and alpha, 3 colour (a palette too), 4 colour and alpha or CMYK
 * @param hasAlpha false where that is not known before decoding
 * @param scale what brings a sample to the range of its 8 or 16 bits, which PNM alone may not fill
 * @param whiteIsZero true for a TIFF of a negative
 * @param orientation by which the decoder leaves the image to be turned, as EXIF counts it, from 1
 * @param objection why its pixels would be read wrongly; empty where they are not
 */
record ImageHeader(
    Format format,
    long width,
    long height,
    int channels,
    int bitDepth,
    boolean hasAlpha,
    double scale,
    boolean whiteIsZero,
    int orientation,
    String objection)
    implements Serializable {

  enum Format {
    JPEG,
    PNG,
    GIF,
    BMP,
    TIFF,
    WEBP,
    PNM,
    DICOM
  }

  /** All names of {@link Format}, for messages. */
  static final String FORMATS = "JPEG, PNG, GIF, BMP, TIFF, WebP, PNM or DICOM";

  ImageHeader(Format format, long width, long height, int channels, int bitDepth) {
    this(format, width, height, channels, bitDepth, channels == 2, 1, false, 1, "");
  }

  /** That of a file of DICOM, which says more than a header: all but its pixels was read. */
  static ImageHeader of(DicomFile file) {
    return new ImageHeader(
        Format.DICOM, file.columns(), file.rows(), file.channels(), file.bitsStored());
  }

  /** Whether the first bytes of a file, or all, are those of an image. */
  static boolean begins(byte[] bytes) {
    return DicomFile.isDicom(bytes) || parse(bytes).isPresent();
  }

  /**
   * Reads the header of all formats but DICOM; empty when the bytes are none of the known formats
   * or end too early.
   */
  static Optional<ImageHeader> parse(byte[] bytes) {
    ByteBuffer data = ByteBuffer.wrap(bytes);
    try {
      return Optional.ofNullable(parse(data));
    } catch (BufferUnderflowException | IndexOutOfBoundsException | NumberFormatException e) {
      return Optional.empty();
    }
  }

  private static ImageHeader parse(ByteBuffer data) {
    int magic = data.getInt(0);
    if (magic >>> 8 == 0xFFD8FF) {
      return jpeg(data);
    }
    if (magic == 0x89504E47) {
      int[] channels = {1, 0, 3, 3, 2, 0, 4};
      boolean palette = data.get(25) == 3;
      int depth = palette ? 8 : data.get(24);
      return new ImageHeader(
          Format.PNG, data.getInt(16), data.getInt(20), channels[data.get(25)], depth);
    }
    if (magic == 0x49492A00 || magic == 0x4D4D002A) {
      return TiffDirectory.first(data).header();
    }
    if (magic >>> 24 == 'P' && (magic >>> 16 & 0xFF) >= '1' && (magic >>> 16 & 0xFF) <= '6') {
      return pnm(data);
    }
    data.order(ByteOrder.LITTLE_ENDIAN);
    if (magic == 0x47494638) {
      return new ImageHeader(Format.GIF, unsigned(data, 6), unsigned(data, 8), 3, 8);
    }
    if (magic >>> 16 == 0x424D) {
      return bmp(data);
    }
    if (magic == 0x52494646 && data.getInt(8) == 0x50424557) {
      return webp(data);
    }
    return null;
  }

  /** ITU T.81, B.2: segments up to the frame header, which every JPEG has before its first scan. */
  private static ImageHeader jpeg(ByteBuffer data) {
    data.position(2);
    while (true) {
      int marker = nextMarker(data);
      int at = data.position();
      boolean frame =
          marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
      if (frame) {
        return new ImageHeader(
            Format.JPEG,
            unsigned(data, at + 5),
            unsigned(data, at + 3),
            data.get(at + 7),
            data.get(at + 2));
      }
      if (marker == 0xDA || marker == 0xD9) {
        return null;
      }
      data.position(at + unsigned(data, at));
    }
  }

  /** Skips fill bytes, stuffed zeros and stray bytes, as decoders do. */
  private static int nextMarker(ByteBuffer data) {
    int before = 0;
    while (true) {
      int next = data.get() & 0xFF;
      if (before == 0xFF && next != 0xFF && next != 0) {
        return next;
      }
      before = next;
    }
  }

  private static ImageHeader bmp(ByteBuffer data) {
    boolean core = data.getInt(14) == 12;
    int width = core ? unsigned(data, 18) : data.getInt(18);
    int height = core ? unsigned(data, 20) : Math.abs(data.getInt(22));
    int bits = unsigned(data, core ? 24 : 28);
    return new ImageHeader(Format.BMP, width, height, bits == 32 ? 4 : 3, 8);
  }

  private static ImageHeader webp(ByteBuffer data) {
    return switch (data.getInt(12)) {
      case 0x58385056 -> { // VP8X
        int alpha = data.get(20) >> 4 & 1;
        int width = (data.getInt(24) & 0xFFFFFF) + 1;
        int height = (data.getInt(26) >>> 8) + 1;
        boolean moves = (data.get(20) & 2) != 0;
        yield new ImageHeader(
            Format.WEBP,
            width,
            height,
            3 + alpha,
            8,
            false,
            1,
            false,
            webpOrientation(data),
            moves ? "is an animation; expected a single image" : "");
      }
      case 0x4C385056 -> { // VP8L
        int sizes = data.getInt(21);
        int height = (sizes >>> 14 & 0x3FFF) + 1;
        yield new ImageHeader(Format.WEBP, (sizes & 0x3FFF) + 1, height, 3 + (sizes >>> 28 & 1), 8);
      }
      default ->
          new ImageHeader(
              Format.WEBP, unsigned(data, 26) & 0x3FFF, unsigned(data, 28) & 0x3FFF, 3, 8);
    };
  }

  /** OpenCV turns images of the other formats upright itself. */
  private static int webpOrientation(ByteBuffer data) {
    int at = 12;
    while (at + 8 <= data.limit()) {
      int size = data.getInt(at + 4);
      if (data.getInt(at) == 0x46495845) { // EXIF
        ByteBuffer exif = data.slice(at + 8, Math.min(size, data.limit() - at - 8));
        boolean named = exif.limit() > 6 && exif.getInt(0) == 0x45786966; // Exif, 0, 0
        int turned =
            TiffDirectory.first(named ? exif.slice(6, exif.limit() - 6) : exif).orientation();
        return turned >= 1 && turned <= 8 ? turned : 1;
      }
      if (size < 0) {
        break;
      }
      at += 8 + size + (size & 1);
    }
    return 1;
  }

  private static ImageHeader pnm(ByteBuffer data) {
    int kind = data.get(1) - '0';
    data.position(2);
    int width = number(data);
    int height = number(data);
    boolean bitmap = kind == 1 || kind == 4;
    int most = bitmap ? 255 : number(data);
    int channels = kind == 3 || kind == 6 ? 3 : 1;
    int bits = bitmap ? 1 : most > 255 ? 16 : 8;
    // OpenCV stretches the samples of ASCII files of 8 bits itself.
    double scale = most > 255 ? 65535.0 / most : kind < 5 ? 1 : 255.0 / most;
    return new ImageHeader(Format.PNM, width, height, channels, bits, false, scale, false, 1, "");
  }

  /** The next number of a PNM header, past white space and comments. */
  private static int number(ByteBuffer data) {
    StringBuilder digits = new StringBuilder();
    boolean comment = false;
    while (true) {
      char next = (char) (data.get() & 0xFF);
      comment = next == '#' || (comment && next != '\n' && next != '\r');
      if (!comment && next >= '0' && next <= '9') {
        digits.append(next);
      } else if (!digits.isEmpty()) {
        return Integer.parseInt(digits.toString());
      } else if (!comment && !Character.isWhitespace(next)) {
        throw new NumberFormatException("no number in a PNM header");
      }
    }
  }

  private static int unsigned(ByteBuffer data, int at) {
    return data.getShort(at) & 0xFFFF;
  }
}
