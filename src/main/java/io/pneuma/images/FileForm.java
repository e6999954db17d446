package io.pneuma.images;

import io.pneuma.dicom.DicomFile;
import java.io.IOException;
import java.io.Serializable;
import java.nio.file.Path;

/**
 * What a file is like, whatever its picture shows.
 *
 * @param bytes of the file; of DICOM those of its pixels alone
 * @param width in pixels, as the file says
 * @param height in pixels, as the file says
 * @param format the name of its format, as in {@code JPEG}
 * @param channels 1 grey, 2 grey and alpha, 3 colour, 4 colour and alpha or CMYK
 * @param bitDepth bits of a channel
 * @param jpegQuality from 1 to 100, as libjpeg counts it, estimated; 0 where it is no JPEG
 */
public record FileForm(
    long bytes, long width, long height, String format, int channels, int bitDepth, int jpegQuality)
    implements Serializable {

  /**
   * That of a file.
   *
   * @throws UnreadableImageException when it gives no image
   */
  public static FileForm of(Path file) throws IOException {
    byte[] bytes = ImageDecoder.bytes(file);
    return of(bytes, ImageDecoder.header(bytes, file.toString()));
  }

  static FileForm of(byte[] bytes, ImageHeader header) throws IOException {
    return new FileForm(
        // Of DICOM the rest tells names and numbers.
        DicomFile.isDicom(bytes) ? DicomFile.read(bytes).pixelBytes() : bytes.length,
        header.width(),
        header.height(),
        header.format().name(),
        header.channels(),
        header.bitDepth(),
        header.format() == ImageHeader.Format.JPEG ? JpegQuality.of(bytes) : 0);
  }
}
