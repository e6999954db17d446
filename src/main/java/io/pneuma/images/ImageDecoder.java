package io.pneuma.images;

import static org.bytedeco.opencv.global.opencv_core.CV_16U;
import static org.bytedeco.opencv.global.opencv_core.CV_16UC1;
import static org.bytedeco.opencv.global.opencv_core.CV_8UC3;
import static org.bytedeco.opencv.global.opencv_core.bitwise_not;
import static org.bytedeco.opencv.global.opencv_core.flip;
import static org.bytedeco.opencv.global.opencv_core.transpose;
import static org.bytedeco.opencv.global.opencv_imgcodecs.IMREAD_ANYDEPTH;
import static org.bytedeco.opencv.global.opencv_imgcodecs.IMREAD_GRAYSCALE;
import static org.bytedeco.opencv.global.opencv_imgcodecs.IMREAD_REDUCED_GRAYSCALE_2;
import static org.bytedeco.opencv.global.opencv_imgcodecs.IMREAD_REDUCED_GRAYSCALE_4;
import static org.bytedeco.opencv.global.opencv_imgcodecs.IMREAD_REDUCED_GRAYSCALE_8;
import static org.bytedeco.opencv.global.opencv_imgcodecs.imdecode;

import io.pneuma.config.Recipe.DicomRule;
import io.pneuma.dicom.DicomException;
import io.pneuma.dicom.DicomFile;
import io.pneuma.images.ImageHeader.Format;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ShortBuffer;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Optional;
import java.util.function.Consumer;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.MemoryCacheImageInputStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.opencv.opencv_core.Mat;

/**
 * Decodes one image file; whatever is not a whole and sane image is refused with its reason.
 *
 * <p>OpenCV decodes, as it does for DataVec's NativeImageLoader, which is not used itself: it gives
 * 16-bit pixels unscaled, sizes memory by what a header claims, passes truncated JPEGs, and mixes
 * up colours where it falls back to leptonica for a palette. GIF, which OpenCV cannot read, goes
 * through the JDK.
 */
final class ImageDecoder {
  /** Least width and height: below it an image shows nothing, and is a thumbnail or a mistake. */
  static final int LEAST_SIDE = 16;

  /** Most pixels of an image; the largest X-ray detectors give about 20 million. */
  static final long MOST_PIXELS = 100_000_000;

  /** For {@link #decode}: every pixel is wanted. */
  static final int WHOLE = Integer.MAX_VALUE / 2;

  private static final long MOST_BYTES = 1L << 29;

  /** By the logarithm of the reduction, OpenCV's flags for grey; one more for colours. */
  private static final int[] REDUCED = {
    IMREAD_GRAYSCALE,
    IMREAD_REDUCED_GRAYSCALE_2,
    IMREAD_REDUCED_GRAYSCALE_4,
    IMREAD_REDUCED_GRAYSCALE_8
  };

  private ImageDecoder() {}

  /**
   * All bytes of a file.
   *
   * @throws UnreadableImageException when there is no such file, or it cannot be an image
   */
  static byte[] bytes(Path file) throws IOException {
    try {
      BasicFileAttributes known = Files.readAttributes(file, BasicFileAttributes.class);
      if (known.isDirectory()) {
        throw new UnreadableImageException(
            file.toString(), "is a folder; images stand directly in the folder of their class");
      }
      if (!known.isRegularFile()) { // Reading a pipe would wait for ever.
        throw new UnreadableImageException(file.toString(), "is a pipe, a socket or a device");
      }
      if (known.size() > MOST_BYTES) {
        throw new UnreadableImageException(
            file.toString(),
            "has " + known.size() + " bytes, more than the " + MOST_BYTES + " allowed");
      }
      return Files.readAllBytes(file);
    } catch (NoSuchFileException e) {
      throw new UnreadableImageException(
          file.toString(),
          Files.isSymbolicLink(file) ? "is a link that leads nowhere" : "there is no such file");
    } catch (AccessDeniedException e) {
      throw new UnreadableImageException(file.toString(), "cannot be read: permission denied");
    } catch (FileSystemException e) {
      throw new UnreadableImageException(file.toString(), "cannot be read: " + e.getReason());
    }
  }

  /**
   * The header of an image of allowed size.
   *
   * @param name what an exception names
   */
  static ImageHeader header(byte[] bytes, String name) throws UnreadableImageException {
    if (bytes.length == 0) {
      throw new UnreadableImageException(name, "is empty");
    }
    ImageHeader header =
        DicomFile.isDicom(bytes)
            ? ImageHeader.of(dicom(bytes, name))
            : ImageHeader.parse(bytes)
                .orElseThrow(
                    () ->
                        new UnreadableImageException(
                            name, "is no whole " + ImageHeader.FORMATS + " image"));
    String size = header.width() + " x " + header.height() + " pixels";
    if (header.width() < LEAST_SIDE || header.height() < LEAST_SIDE) {
      throw new UnreadableImageException(
          name, "is of " + size + "; the least side is " + LEAST_SIDE);
    }
    if (header.width() > MOST_PIXELS / header.height()) {
      throw new UnreadableImageException(
          name,
          "claims " + size + ", more than the " + MOST_PIXELS / 1_000_000 + " million allowed");
    }
    return header;
  }

  /**
   * Lends the pixels as they are shown: upright, without alpha, in BGR or in grey alone, of 8 or 16
   * bits. All native memory, what the borrower makes of them included, is freed on return.
   *
   * @param name what an exception names
   * @param wanted the side to which the borrower will shrink the image: a JPEG may come smaller by
   *     2, 4 or 8 where that divides its sides and leaves both at least twice the wanted one
   */
  @SuppressWarnings("unchecked") // PointerScope's empty list of classes is a generic array.
  static void decode(byte[] bytes, String name, int wanted, Consumer<Mat> borrower)
      throws UnreadableImageException {
    PointerScope scope = new PointerScope();
    try {
      borrower.accept(pixels(bytes, name, wanted));
    } finally {
      scope.close();
    }
  }

  private static Mat pixels(byte[] bytes, String name, int wanted) throws UnreadableImageException {
    ImageHeader header = header(bytes, name);
    if (header.format() == Format.JPEG && !hasJpegEnd(bytes)) {
      throw new UnreadableImageException(name, "is truncated: the JPEG has no end");
    }
    if (!header.objection().isEmpty()) {
      throw new UnreadableImageException(name, header.objection());
    }
    if (header.bitDepth() > 16) {
      throw new UnreadableImageException(
          name, "has " + header.bitDepth() + " bits a channel; 8 and 16 are supported");
    }
    if (header.format() == Format.TIFF && header.bitDepth() <= 8 && header.hasAlpha()) {
      throw new UnreadableImageException( // OpenCV would darken its colours by its alpha.
          name, "is a TIFF with an alpha channel, which is not supported; save it without");
    }
    // Colours that are all the same would cost three times the work, in decoding half of it.
    boolean grey =
        header.channels() == 1 && (header.format() == Format.JPEG || header.format() == Format.PNG);
    int reduction = reduction(header, wanted);
    Mat image =
        switch (header.format()) {
          case GIF -> gif(bytes, name);
          case DICOM -> shown(bytes, name);
          default -> openCv(bytes, name, REDUCED[reduction] + (grey ? 0 : 1));
        };
    long pixels = (header.width() >> reduction) * (header.height() >> reduction);
    if ((long) image.cols() * image.rows() != pixels) {
      throw new UnreadableImageException(name, "holds fewer pixels than its header says");
    }
    if (header.scale() != 1) {
      image.convertTo(
          image, -1, header.scale(), 0); // OpenCV leaves a PNM file's samples as they are.
    }
    if (header.whiteIsZero() && image.depth() == CV_16U) {
      bitwise_not(image, image); // OpenCV minds the photometric interpretation of 8-bit TIFF only.
    }
    turn(image, header.orientation());
    return image;
  }

  /** Turns an image upright by its orientation in EXIF, of which 1 is upright. */
  private static void turn(Mat image, int orientation) {
    if (orientation >= 5) {
      transpose(image, image); // Of 5 to 8 the first row is the left or right side.
    }
    switch (orientation) {
      case 2, 6 -> flip(image, image, 1);
      case 3, 7 -> flip(image, image, -1);
      case 4, 8 -> flip(image, image, 0);
      default -> {}
    }
  }

  private static DicomFile dicom(byte[] bytes, String name) throws UnreadableImageException {
    try {
      return DicomFile.read(bytes);
    } catch (DicomException e) {
      throw new UnreadableImageException(name, e.getMessage());
    }
  }

  /** Refuses an image in DICOM that a rule does not take. */
  private static void requireTaken(byte[] bytes, String name, DicomRule rule)
      throws UnreadableImageException {
    DicomFile file = dicom(bytes, name);
    Optional<String> notChestXray;
    try {
      notChestXray = file.notChestXray();
    } catch (DicomException e) {
      throw new UnreadableImageException(name, e.getMessage());
    }
    if (!rule.anyImage() && notChestXray.isPresent()) {
      throw new UnreadableImageException(
          name, notChestXray.get() + "; " + DicomRule.ANY_IMAGE + " takes it all the same");
    }
    if (!rule.firstFrame() && file.frames() > 1) {
      throw new UnreadableImageException(
          name,
          "is DICOM of "
              + file.frames()
              + " frames; "
              + DicomRule.FIRST_FRAME
              + " takes the first alone");
    }
  }

  /** The pixels of a file of DICOM as they are to be shown. */
  private static Mat shown(byte[] bytes, String name) throws UnreadableImageException {
    DicomFile file = dicom(bytes, name);
    try {
      if (file.channels() == 1) {
        Mat grey = new Mat(file.rows(), file.columns(), CV_16UC1);
        grey.<ShortBuffer>createBuffer().put(file.greys());
        return grey;
      }
      Mat bgr = new Mat(file.rows(), file.columns(), CV_8UC3);
      bgr.<ByteBuffer>createBuffer().put(file.colours());
      return bgr;
    } catch (DicomException e) {
      throw new UnreadableImageException(name, e.getMessage());
    }
  }

  /**
   * Refuses a JPEG whose data is broken inside, of which the rest would be grey, and of DICOM what
   * a rule does not take. As slow as decoding, so it is for files that are met for the first time.
   *
   * @param name what the exception names
   */
  static void requireSound(byte[] bytes, String name, DicomRule rule)
      throws UnreadableImageException {
    if (DicomFile.isDicom(bytes)) {
      requireTaken(bytes, name, rule);
    } else if (header(bytes, name).format() == Format.JPEG) {
      Optional<String> damage = JpegCheck.damage(bytes);
      if (damage.isPresent()) {
        throw new UnreadableImageException(name, "is broken inside: " + damage.get());
      }
    }
  }

  /** The logarithm of how much smaller a JPEG's own transform can make it at once. */
  private static int reduction(ImageHeader header, int wanted) {
    int reduction = 0;
    if (header.format() == Format.JPEG) {
      // Without remainder, or the last pixels would stand for fewer than the others.
      long sides = header.width() | header.height();
      long least = Math.min(header.width(), header.height());
      while (reduction + 1 < REDUCED.length
          && (sides >> reduction & 1) == 0
          && least >> (reduction + 1) >= 2L * wanted) {
        reduction++;
      }
    }
    return reduction;
  }

  private static Mat openCv(byte[] bytes, String name, int colours)
      throws UnreadableImageException {
    Mat image;
    try (Mat encoded = new Mat(bytes)) {
      image = imdecode(encoded, colours | IMREAD_ANYDEPTH);
    } catch (RuntimeException e) {
      throw new UnreadableImageException(name, "cannot be decoded: " + e.getMessage());
    }
    if (image.empty()) {
      throw new UnreadableImageException(
          name, "cannot be decoded: it is broken, truncated, or of an unsupported kind");
    }
    return image;
  }

  private static Mat gif(byte[] bytes, String name) throws UnreadableImageException {
    ImageReader reader = ImageIO.getImageReadersByFormatName("gif").next();
    try {
      reader.setInput(
          new MemoryCacheImageInputStream(new ByteArrayInputStream(bytes)), false, true);
      if (reader.getWidth(0) > MOST_PIXELS / reader.getHeight(0)) {
        throw new UnreadableImageException(name, "claims a frame of more pixels than allowed");
      }
      if (reader.getNumImages(true) > 1) {
        throw new UnreadableImageException(name, "is an animation; expected a single image");
      }
      BufferedImage image = reader.read(0);
      int[] argb =
          image.getRGB(0, 0, image.getWidth(), image.getHeight(), null, 0, image.getWidth());
      Mat bgr = new Mat(image.getHeight(), image.getWidth(), CV_8UC3);
      ByteBuffer pixels = bgr.createBuffer();
      for (int pixel : argb) {
        pixels.put((byte) pixel).put((byte) (pixel >> 8)).put((byte) (pixel >> 16));
      }
      return bgr;
    } catch (UnreadableImageException e) {
      throw e;
    } catch (IOException | RuntimeException e) { // The JDK's reader throws either on broken data.
      throw new UnreadableImageException(name, "is a broken or truncated GIF");
    } finally {
      reader.dispose();
    }
  }

  /**
   * True when an end marker follows the last scan. Where it is missing, decoders fill the rest of
   * the image with grey and say nothing. Neither marker occurs inside a scan's data.
   */
  private static boolean hasJpegEnd(byte[] bytes) {
    for (int at = bytes.length - 2; at >= 0; at--) {
      if (bytes[at] == (byte) 0xFF) {
        if (bytes[at + 1] == (byte) 0xD9) {
          return true;
        }
        if (bytes[at + 1] == (byte) 0xDA) {
          return false;
        }
      }
    }
    return false;
  }
}
