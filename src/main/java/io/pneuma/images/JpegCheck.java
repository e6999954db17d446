package io.pneuma.images;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.MemoryCacheImageInputStream;

/**
 * Finds JPEGs whose data is broken inside. Decoders fill what is lost with grey and go on; OpenCV's
 * says so on the standard error stream alone, without a name, while Java's reports its warnings.
 */
final class JpegCheck {
  /** Padding after the last scan is harmless; more means that the decoder lost its place. */
  private static final int MOST_PADDING = 16;

  private static final Pattern EXTRANEOUS =
      Pattern.compile("Corrupt JPEG data: (\\d+) extraneous bytes before marker 0x([0-9a-f]+)");

  private JpegCheck() {}

  /** What was lost of the pixels; empty where nothing was, or where Java cannot read the kind. */
  static Optional<String> damage(byte[] bytes) {
    List<String> warnings = new ArrayList<>();
    ImageReader reader = reader();
    try {
      reader.setInput(new MemoryCacheImageInputStream(new ByteArrayInputStream(bytes)), true, true);
      reader.addIIOReadWarningListener((source, warning) -> warnings.add(warning));
      reader.readRaster(0, null);
    } catch (IOException | RuntimeException e) {
      return Optional.empty(); // Such as arithmetic coding; what cannot be decoded, OpenCV refuses.
    } finally {
      reader.dispose();
    }
    return warnings.stream().filter(JpegCheck::isLoss).findFirst();
  }

  private static boolean isLoss(String warning) {
    Matcher extraneous = EXTRANEOUS.matcher(warning);
    if (extraneous.find()) {
      int marker = Integer.parseInt(extraneous.group(2), 16);
      boolean amongScans = marker == 0xD9 || marker == 0xDA || (marker >= 0xD0 && marker <= 0xD7);
      return amongScans && Integer.parseInt(extraneous.group(1)) > MOST_PADDING;
    }
    return warning.startsWith("Corrupt JPEG data")
        || warning.startsWith("Premature end")
        || warning.startsWith("Inconsistent progression");
  }

  /** The JDK's own, whichever others a library may have registered. */
  private static ImageReader reader() {
    Iterator<ImageReader> readers = ImageIO.getImageReadersByFormatName("jpeg");
    while (readers.hasNext()) {
      ImageReader reader = readers.next();
      if (reader.getClass().getName().startsWith("com.sun.")) {
        return reader;
      }
    }
    throw new IllegalStateException("every Java platform reads JPEG");
  }
}
