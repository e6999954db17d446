package io.pneuma.dicom;

import com.github.jaiimageio.jpeg2000.impl.J2KImageReaderSpi;
import com.twelvemonkeys.imageio.plugins.jpeg.JPEGImageReaderSpi;
import io.pneuma.dicom.DataSet.Element;
import io.pneuma.dicom.DataSet.Range;
import io.pneuma.dicom.TransferSyntax.Pixels;
import java.awt.image.DataBuffer;
import java.awt.image.Raster;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;

/** The first frame of a file: its samples as they are stored (PS3.5, 8). */
final class Frame {
  /** Photometric interpretations of colours that are read. */
  static final Set<String> COLOURS =
      Set.of("RGB", "YBR_FULL", "YBR_FULL_422", "YBR_RCT", "YBR_ICT");

  private final DicomFile file;
  private final int pixels;

  Frame(DicomFile file) {
    this.file = file;
    this.pixels = Math.multiplyExact(file.rows(), file.columns());
  }

  /** Those of grey, 16 bits each, those that mean nothing included. */
  short[] samples() throws DicomException {
    if (file.channels() != 1) {
      throw new DicomException("is DICOM of colours");
    }
    return switch (file.syntax().pixels()) {
      case NATIVE -> natively();
      case RLE -> runLengths();
      case JPEG, JPEG_LOSSLESS, JPEG_2000 -> {
        Raster raster = raster();
        short[] samples = new short[pixels];
        int[] row = new int[file.columns()];
        for (int y = 0; y < file.rows(); y++) {
          raster.getSamples(raster.getMinX(), raster.getMinY() + y, row.length, 1, 0, row);
          for (int x = 0; x < row.length; x++) {
            samples[y * row.length + x] = (short) row[x];
          }
        }
        yield samples;
      }
    };
  }

  /** Bits below those that are stored. */
  private int shift() throws DicomException {
    return file.highBit() + 1 - file.bitsStored();
  }

  /** Those of colours. */
  byte[] bgr() throws DicomException {
    if (file.channels() != 3) {
      throw new DicomException("is DICOM of greys");
    }
    byte[] planes =
        switch (file.syntax().pixels()) {
          case NATIVE -> nativePlanes();
          case RLE -> rlePlanes();
          case JPEG, JPEG_LOSSLESS, JPEG_2000 -> rasterPlanes();
        };
    boolean luminance =
        file.photometric().startsWith("YBR_FULL"); // The others are turned by JPEG 2000 itself.
    byte[] bgr = new byte[3 * pixels];
    for (int i = 0; i < pixels; i++) {
      double first = planes[i] & 0xFF;
      double second = planes[pixels + i] & 0xFF;
      double third = planes[2 * pixels + i] & 0xFF;
      if (luminance) { // PS3.3, C.7.6.3.1.2.
        bgr[3 * i] = clamped(first + 1.772 * (second - 128));
        bgr[3 * i + 1] = clamped(first - 0.344136 * (second - 128) - 0.714136 * (third - 128));
        bgr[3 * i + 2] = clamped(first + 1.402 * (third - 128));
      } else {
        bgr[3 * i] = (byte) third;
        bgr[3 * i + 1] = (byte) second;
        bgr[3 * i + 2] = (byte) first;
      }
    }
    return bgr;
  }

  private static byte clamped(double value) {
    return (byte) Math.max(0, Math.min(255, Math.rint(value)));
  }

  private ByteBuffer nativeBytes() throws DicomException {
    Element element = file.pixels();
    if (element.fragments() != null) {
      throw new DicomException("is broken: its pixels are compressed against its transfer syntax");
    }
    long frame = (long) pixels * file.channels() * file.bitsAllocated() / 8;
    long all = frame * file.frames();
    if (element.length() != all && element.length() != all + (all & 1)) {
      throw new DicomException(
          "is broken: its pixels have %d bytes, and its size asks for %d"
              .formatted(element.length(), all));
    }
    return file.set().buffer(element);
  }

  private short[] natively() throws DicomException {
    ByteBuffer data = nativeBytes();
    short[] samples = new short[pixels];
    if (file.bitsAllocated() == 16) {
      data.asShortBuffer().get(samples);
      return samples;
    }
    // Bytes in words of the other order (PS3.5, D).
    int turned = data.order() == ByteOrder.BIG_ENDIAN && file.pixels().vr().equals("OW") ? 1 : 0;
    for (int i = 0; i < pixels; i++) {
      int at = i ^ turned;
      samples[i] = (short) (at < data.limit() ? data.get(at) & 0xFF : 0);
    }
    return samples;
  }

  private byte[] nativePlanes() throws DicomException {
    if (file.photometric().equals("YBR_FULL_422")) {
      throw new DicomException(
          "is DICOM of uncompressed YBR_FULL_422, which is not supported; convert it to RGB");
    }
    ByteBuffer data = nativeBytes();
    boolean planar = file.set().unsigned(Tag.PLANAR_CONFIGURATION).orElse(0) == 1;
    int turned = data.order() == ByteOrder.BIG_ENDIAN && file.pixels().vr().equals("OW") ? 1 : 0;
    byte[] planes = new byte[3 * pixels];
    for (int i = 0; i < planes.length; i++) {
      int at = (planar ? i : i % pixels * 3 + i / pixels) ^ turned;
      planes[i] = at < data.limit() ? data.get(at) : 0;
    }
    return planes;
  }

  private Range[] runs(int expected) throws DicomException {
    Range frame = single(fragments());
    ByteBuffer header = ByteBuffer.wrap(file.set().bytes()).order(ByteOrder.LITTLE_ENDIAN);
    int length = frame.to() - frame.from();
    if (length < 64 || header.getInt(frame.from()) != expected) {
      throw new DicomException(
          "is broken: its RLE has not the %d segments that its bits ask for".formatted(expected));
    }
    Range[] runs = new Range[expected];
    for (int i = 0; i < expected; i++) {
      long from = header.getInt(frame.from() + 4 + 4 * i) & 0xFFFFFFFFL;
      long to = i + 1 < expected ? header.getInt(frame.from() + 8 + 4 * i) & 0xFFFFFFFFL : length;
      if (from < 64 || to < from || to > length) {
        throw new DicomException("is broken: an RLE segment lies outside of its frame");
      }
      runs[i] = new Range(frame.from() + (int) from, frame.from() + (int) to);
    }
    return runs;
  }

  private short[] runLengths() throws DicomException {
    int segments = file.bitsAllocated() / 8;
    short[] samples = new short[pixels];
    for (Range run : runs(segments)) { // The most significant bytes first (PS3.5, G.2).
      byte[] plane = unpacked(run);
      for (int i = 0; i < pixels; i++) {
        samples[i] = (short) ((samples[i] << 8) | (plane[i] & 0xFF));
      }
    }
    return samples;
  }

  private byte[] rlePlanes() throws DicomException {
    byte[] planes = new byte[3 * pixels];
    Range[] runs = runs(3);
    for (int i = 0; i < 3; i++) {
      System.arraycopy(unpacked(runs[i]), 0, planes, i * pixels, pixels);
    }
    return planes;
  }

  /** PS3.5, G.3.2. */
  private byte[] unpacked(Range run) throws DicomException {
    byte[] bytes = file.set().bytes();
    byte[] plane = new byte[pixels];
    int at = run.from();
    int filled = 0;
    while (filled < pixels) {
      if (at >= run.to()) {
        throw new DicomException("is broken: its RLE data ends too early");
      }
      int control = bytes[at++];
      if (control == -128) {
        continue;
      }
      int count = control >= 0 ? control + 1 : 1 - control;
      int taken = control >= 0 ? count : 1;
      if (at + taken > run.to() || filled + count > pixels) {
        throw new DicomException("is broken: its RLE data does not fit its size");
      }
      if (control >= 0) {
        System.arraycopy(bytes, at, plane, filled, count);
      } else {
        java.util.Arrays.fill(plane, filled, filled + count, bytes[at]);
      }
      at += taken;
      filled += count;
    }
    return plane;
  }

  /** All of the fragments that belong to the first frame. */
  private List<Range> fragments() throws DicomException {
    Element element = file.pixels();
    if (element.fragments() == null || element.fragments().size() < 2) {
      throw new DicomException("is broken: it has no compressed pixels");
    }
    Range table = element.fragments().get(0);
    List<Range> all = element.fragments().subList(1, element.fragments().size());
    if (file.frames() == 1) {
      return all;
    }
    if (all.size() == file.frames()) {
      return all.subList(0, 1);
    }
    if (table.to() - table.from() < 8) {
      throw new DicomException("does not tell where its first frame ends");
    }
    ByteBuffer offsets = ByteBuffer.wrap(file.set().bytes()).order(ByteOrder.LITTLE_ENDIAN);
    long second = offsets.getInt(table.from() + 4) & 0xFFFFFFFFL;
    int first = all.get(0).from() - 8;
    List<Range> frame = all.stream().filter(range -> range.from() - 8 - first < second).toList();
    if (frame.isEmpty()) {
      throw new DicomException("is broken: its first frame is empty");
    }
    return frame;
  }

  private static Range single(List<Range> fragments) throws DicomException {
    if (fragments.size() != 1) {
      throw new DicomException("is broken: a frame of RLE stands in several fragments");
    }
    return fragments.get(0);
  }

  private byte[] rasterPlanes() throws DicomException {
    Raster raster = raster();
    byte[] planes = new byte[3 * pixels];
    int[] row = new int[file.columns()];
    for (int plane = 0; plane < 3; plane++) {
      for (int y = 0; y < file.rows(); y++) {
        raster.getSamples(raster.getMinX(), raster.getMinY() + y, row.length, 1, plane, row);
        for (int x = 0; x < row.length; x++) {
          planes[plane * pixels + y * row.length + x] = (byte) row[x];
        }
      }
    }
    return planes;
  }

  /** What a codec gives, its own turning of colours apart. */
  private Raster raster() throws DicomException {
    ByteArrayOutputStream joined = new ByteArrayOutputStream();
    for (Range fragment : fragments()) {
      joined.write(file.set().bytes(), fragment.from(), fragment.to() - fragment.from());
    }
    String codec = file.syntax().pixels() == Pixels.JPEG_2000 ? "JPEG 2000" : "JPEG";
    if (shift() != 0) { // Codecs differ in whether they move them.
      throw new DicomException(
          "is DICOM in %s whose high bit is not the last that is stored, which is not supported"
              .formatted(codec));
    }
    if (file.syntax().pixels() == Pixels.JPEG && file.bitsStored() > 8) {
      throw new DicomException(
          "is DICOM in lossy JPEG of " + file.bitsStored() + " bits, which is not supported");
    }
    if (file.channels() == 3
        && file.syntax().pixels() == Pixels.JPEG_LOSSLESS) { // TwelveMonkeys mistakes them.
      throw new DicomException("is DICOM of colours in lossless JPEG, which is not supported");
    }
    ImageReader reader = null;
    try {
      reader = reader();
      boolean[] warned = new boolean[1];
      reader.addIIOReadWarningListener((source, warning) -> warned[0] = true);
      reader.setInput(input(joined.toByteArray()), true, true);
      if (reader.getWidth(0) != file.columns() || reader.getHeight(0) != file.rows()) {
        throw new DicomException("is broken: its " + codec + " has another size than it says");
      }
      Raster raster = reader.readRaster(0, null);
      if (warned[0]
          || raster.getNumBands() != file.channels()
          || raster.getWidth() != file.columns()
          || raster.getHeight() != file.rows()
          || DataBuffer.getDataTypeSize(raster.getDataBuffer().getDataType()) > 16) {
        throw new DicomException("is broken: its " + codec + " data are damaged");
      }
      return raster;
    } catch (DicomException e) {
      throw e;
    } catch (VirtualMachineError e) {
      throw e;
    } catch (IOException | RuntimeException | Error e) { // The codecs throw all three.
      throw new DicomException("is broken: its " + codec + " data cannot be decoded");
    } finally {
      if (reader != null) {
        reader.dispose();
      }
    }
  }

  private ImageInputStream input(byte[] data) throws DicomException {
    if (file.syntax().pixels() != Pixels.JPEG_2000) {
      return new MemoryCacheImageInputStream(new ByteArrayInputStream(data));
    }
    return CodestreamInput.of(data);
  }

  private ImageReader reader() throws IOException {
    if (file.syntax().pixels() == Pixels.JPEG_2000) {
      return new J2KImageReaderSpi().createReaderInstance(null);
    }
    Iterator<ImageReader> readers = ImageIO.getImageReadersByFormatName("jpeg");
    while (readers.hasNext()) {
      ImageReader reader = readers.next();
      if (reader.getOriginatingProvider() instanceof JPEGImageReaderSpi) {
        return reader;
      }
    }
    throw new IllegalStateException("there is no reader of lossless JPEG");
  }
}
