package io.pneuma.images;

import static org.bytedeco.opencv.global.opencv_imgcodecs.IMREAD_COLOR;
import static org.bytedeco.opencv.global.opencv_imgcodecs.IMWRITE_WEBP_QUALITY;
import static org.bytedeco.opencv.global.opencv_imgcodecs.imdecode;
import static org.bytedeco.opencv.global.opencv_imgcodecs.imencode;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pneuma.config.Recipe.DicomRule;
import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriter;
import javax.imageio.stream.ImageOutputStream;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.opencv.opencv_core.Mat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ImageDecoderTest {
  private static final int PLANE = TestImages.SIDE * TestImages.SIDE;

  @ParameterizedTest
  @ValueSource(strings = {"png", "bmp", "gif", "tiff", "jpg"})
  void redIsInTheFirstPlaneWhateverTheFormat(String format) throws IOException {
    float[] pixels = TestImages.read(TestImages.encode(TestImages.plain(0xFF0000), format));

    assertColour(1, 0, 0, pixels, format.equals("jpg") ? 2 / 255f : 0);
  }

  @Test
  void redOfAPortablePixmapIsInTheFirstPlane() throws IOException {
    byte[] samples = new byte[3 * PLANE];
    for (int i = 0; i < samples.length; i += 3) {
      samples[i] = (byte) 255;
    }

    assertColour(1, 0, 0, TestImages.read(pnm("P6", 255, samples)), 0);
  }

  @Test
  void greyIsEqualInAllPlanes() throws IOException {
    BufferedImage grey =
        new BufferedImage(TestImages.SIDE, TestImages.SIDE, BufferedImage.TYPE_BYTE_GRAY);
    Arrays.fill(
        ((java.awt.image.DataBufferByte) grey.getRaster().getDataBuffer()).getData(), (byte) 51);

    assertColour(0.2f, 0.2f, 0.2f, TestImages.read(TestImages.encode(grey, "png")), 0);
  }

  @ParameterizedTest
  @ValueSource(strings = {"png", "tiff"})
  void sixteenBitsKeepTheirPrecision(String format) throws IOException {
    BufferedImage image =
        new BufferedImage(TestImages.SIDE, TestImages.SIDE, BufferedImage.TYPE_USHORT_GRAY);
    short[] samples =
        ((java.awt.image.DataBufferUShort) image.getRaster().getDataBuffer()).getData();
    Arrays.fill(samples, (short) 40_001);

    float value = 40_001 / 65_535f;
    assertColour(value, value, value, TestImages.read(TestImages.encode(image, format)), 0);
  }

  @Test
  void samplesOfTwelveBitsFillTheRange() throws IOException {
    byte[] samples = new byte[2 * PLANE];
    for (int i = 0; i < PLANE; i++) {
      ByteBuffer.wrap(samples).putShort(2 * i, (short) 4095);
    }

    assertColour(1, 1, 1, TestImages.read(pnm("P5", 4095, samples)), 0);
  }

  @Test
  void samplesOfSevenBitsFillTheRange() throws IOException {
    byte[] samples = new byte[PLANE];
    Arrays.fill(samples, (byte) 127);

    assertColour(1, 1, 1, TestImages.read(pnm("P5", 127, samples)), 0);
  }

  @Test
  void alphaIsDroppedNotBlended() throws IOException {
    BufferedImage image =
        new BufferedImage(TestImages.SIDE, TestImages.SIDE, BufferedImage.TYPE_INT_ARGB);
    for (int i = 0; i < PLANE; i++) {
      image.setRGB(i % TestImages.SIDE, i / TestImages.SIDE, 0x20_33_66_99);
    }

    assertColour(0.2f, 0.4f, 0.6f, TestImages.read(TestImages.encode(image, "png")), 0);
  }

  @Test
  void aTiffWithAlphaIsRefusedRatherThanDarkened() throws IOException {
    BufferedImage image =
        new BufferedImage(TestImages.SIDE, TestImages.SIDE, BufferedImage.TYPE_INT_ARGB);

    assertRefused(TestImages.encode(image, "tiff"), "alpha");
  }

  @ParameterizedTest
  @ValueSource(strings = {"png", "gif", "bmp"})
  void palettesGiveTheirColours(String format) throws IOException {
    byte[][] colours = new byte[3][256];
    colours[0][3] = 51;
    colours[1][3] = 102;
    colours[2][3] = (byte) 153;
    IndexColorModel palette = new IndexColorModel(8, 256, colours[0], colours[1], colours[2]);
    BufferedImage image =
        new BufferedImage(
            TestImages.SIDE, TestImages.SIDE, BufferedImage.TYPE_BYTE_INDEXED, palette);
    for (int i = 0; i < PLANE; i++) {
      image.getRaster().setSample(i % TestImages.SIDE, i / TestImages.SIDE, 0, 3);
    }

    assertColour(0.2f, 0.4f, 0.6f, TestImages.read(TestImages.encode(image, format)), 0);
  }

  @Test
  void exifOrientationTurnsTheImageUpright() throws IOException {
    // The left half is white; orientation 6 says to turn it clockwise, which puts white on top.
    BufferedImage image = TestImages.plain(0);
    for (int i = 0; i < PLANE / 2; i++) {
      image.setRGB(i / TestImages.SIDE, i % TestImages.SIDE, 0xFFFFFF);
    }
    byte[] exif = {
      (byte) 0xFF,
      (byte) 0xE1,
      0,
      34,
      'E',
      'x',
      'i',
      'f',
      0,
      0,
      'M',
      'M',
      0,
      42,
      0,
      0,
      0,
      8,
      0,
      1,
      0x01,
      0x12,
      0,
      3,
      0,
      0,
      0,
      1,
      0,
      6,
      0,
      0,
      0,
      0,
      0,
      0
    };
    byte[] jpeg = TestImages.encode(image, "jpg");
    byte[] turned =
        ByteBuffer.allocate(jpeg.length + exif.length)
            .put(jpeg, 0, 2)
            .put(exif)
            .put(jpeg, 2, jpeg.length - 2)
            .array();

    float[] pixels = TestImages.read(turned);

    assertEquals(1, pixels[0], 0.05);
    assertEquals(1, pixels[TestImages.SIDE - 1], 0.05);
    assertEquals(0, pixels[PLANE - TestImages.SIDE], 0.05);
    assertEquals(0, pixels[PLANE - 1], 0.05);
  }

  @Test
  void samplesThatAreNotUnsignedAreRefused() throws IOException {
    assertEquals(0x40 / 255f, TestImages.read(new TinyTiff(8).bytes())[0], 1e-6);
    assertEquals(0x4040 / 65535f, TestImages.read(new TinyTiff(16).bytes())[0], 1e-6);
    for (int bits : new int[] {8, 16}) {
      assertRefused(new TinyTiff(bits).tag(339, 2).bytes(), "has signed samples");
      assertRefused(new TinyTiff(bits).tag(339, 3).bytes(), "has floating-point samples");
      assertRefused(new TinyTiff(bits).tag(339, 4).bytes(), "has undefined samples");
    }
  }

  @Test
  void pagesBehindTheFirstAreNotPassedOver() throws IOException {
    assertRefused(new TinyTiff(8).andAnother().bytes(), "holds several pages");
    byte[] withThumbnail = new TinyTiff(8).tag(254, 1).andAnother().bytes(); // 1: a smaller copy.
    assertEquals(0x40 / 255f, TestImages.read(withThumbnail)[0], 1e-6);
  }

  @Test
  void anAnimationIsRefused() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    ImageWriter writer = ImageIO.getImageWritersByFormatName("gif").next();
    try (ImageOutputStream out = ImageIO.createImageOutputStream(bytes)) {
      writer.setOutput(out);
      writer.prepareWriteSequence(null);
      writer.writeToSequence(new IIOImage(TestImages.plain(0), null, null), null);
      writer.writeToSequence(new IIOImage(TestImages.plain(0xFFFFFF), null, null), null);
      writer.endWriteSequence();
    }
    assertRefused(bytes.toByteArray(), "is an animation");
  }

  @ParameterizedTest
  @CsvSource({"1,3,5", "2,12,5", "3,12,10", "4,3,10", "5,5,3", "6,10,3", "7,10,12", "8,5,12"})
  void aWebpIsTurnedUprightByItsExif(int orientation, int x, int y) throws IOException {
    float[] pixels = TestImages.read(webp(TestImages.marked(3, 5), orientation));
    int brightest = 0;
    for (int i = 0; i < PLANE; i++) {
      brightest = pixels[i] > pixels[brightest] ? i : brightest;
    }
    assertEquals(x, brightest % TestImages.SIDE);
    assertEquals(y, brightest / TestImages.SIDE);
  }

  /** Wraps OpenCV's lossless WebP into the extended format, with an EXIF of one tag behind it. */
  private static byte[] webp(BufferedImage image, int orientation) throws IOException {
    BytePointer encoded = new BytePointer();
    byte[] png = TestImages.encode(image, "png");
    imencode(
        new BytePointer(".webp"),
        imdecode(new Mat(png), IMREAD_COLOR),
        encoded,
        new IntPointer(IMWRITE_WEBP_QUALITY, 101)); // Above 100: without loss.
    byte[] simple = new byte[(int) encoded.limit()];
    encoded.get(simple);
    byte[] exif = new TinyTiff(8).tag(274, orientation).bytes();
    int last = TestImages.SIDE - 1;
    ByteBuffer webp =
        ByteBuffer.allocate(simple.length + 18 + 8 + exif.length).order(ByteOrder.LITTLE_ENDIAN);
    webp.put(simple, 0, 4).putInt(webp.capacity() - 8).put(simple, 8, 4);
    webp.put("VP8X".getBytes(StandardCharsets.US_ASCII)).putInt(10).putInt(8); // 8: it has EXIF.
    webp.put(new byte[] {(byte) last, 0, 0, (byte) last, 0, 0});
    webp.put(simple, 12, simple.length - 12);
    webp.put("EXIF".getBytes(StandardCharsets.US_ASCII)).putInt(exif.length).put(exif);
    return webp.array();
  }

  @Test
  void aJpegThatIsBrokenInsideIsFound() throws IOException {
    BufferedImage noise = new BufferedImage(128, 128, BufferedImage.TYPE_BYTE_GRAY);
    Random random = new Random(1);
    for (int i = 0; i < 128 * 128; i++) {
      noise.getRaster().setSample(i % 128, i / 128, 0, random.nextInt(256));
    }
    byte[] sound = TestImages.encode(noise, "jpg");
    ImageDecoder.requireSound(sound, "sound", DicomRule.STRICT);
    byte[] padded = Arrays.copyOf(sound, sound.length + 50); // Behind its end, where nobody looks.
    ImageDecoder.requireSound(padded, "padded", DicomRule.STRICT);

    byte[] zeros = sound.clone();
    Arrays.fill(zeros, sound.length / 2, sound.length - 2, (byte) 0);
    byte[] gap = new byte[sound.length - 500];
    System.arraycopy(sound, 0, gap, 0, sound.length / 2);
    System.arraycopy(
        sound, sound.length / 2 + 500, gap, sound.length / 2, gap.length - sound.length / 2);
    for (byte[] broken : List.of(zeros, gap)) {
      UnreadableImageException failure =
          assertThrows(
              UnreadableImageException.class,
              () -> ImageDecoder.requireSound(broken, "x.jpg", DicomRule.STRICT));
      assertTrue(
          failure.getMessage().startsWith("x.jpg: is broken inside: "), failure.getMessage());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"jpg", "png", "bmp", "gif", "tiff"})
  void aTruncatedFileIsRefused(String format) throws IOException {
    byte[] whole = GreyNoise.encode(format);

    for (double share : new double[] {0.3, 0.6, 0.95}) {
      byte[] part = Arrays.copyOf(whole, (int) (share * whole.length));
      assertThrows(
          UnreadableImageException.class, () -> TestImages.read(part), format + " cut at " + share);
    }
  }

  @Test
  void anEndMarkerBeforeTheScanIsNoEnd() throws IOException {
    byte[] jpeg = TestImages.encode(TestImages.plain(0), "jpg");
    byte[] thumbnail = {(byte) 0xFF, (byte) 0xE1, 0, 6, (byte) 0xFF, (byte) 0xD9, 1, 1};
    byte[] truncated =
        ByteBuffer.allocate(jpeg.length + thumbnail.length - 2)
            .put(jpeg, 0, 2)
            .put(thumbnail)
            .put(jpeg, 2, jpeg.length - 4)
            .array();

    assertRefused(truncated, "truncated");
  }

  @Test
  void emptyTextAndDicomAreRefusedWithTheirReasons() {
    byte[] dicom = new byte[200];
    System.arraycopy("DICM".getBytes(StandardCharsets.US_ASCII), 0, dicom, 128, 4);

    assertRefused(new byte[0], "is empty");
    assertRefused("not an image".getBytes(StandardCharsets.UTF_8), "is no whole JPEG");
    assertRefused(dicom, "DICOM");
  }

  @Test
  void tooSmallImagesAreRefused() throws IOException {
    BufferedImage low = new BufferedImage(300, 15, BufferedImage.TYPE_BYTE_GRAY);

    assertRefused(TestImages.encode(low, "png"), "300 x 15 pixels; the least side is 16");
  }

  @Test
  void aBombIsRefusedByItsHeader() throws IOException {
    byte[] png = TestImages.encode(TestImages.plain(0), "png");
    ByteBuffer.wrap(png).putInt(16, 50_000).putInt(20, 40_000);

    assertRefused(png, "claims 50000 x 40000 pixels");
  }

  @Test
  void aGifWhoseFrameDoesNotFillItIsRefused() throws IOException {
    byte[] gif = TestImages.encode(TestImages.plain(0), "gif");
    gif[6] = 32; // The width of the screen; its frame stays at 16.

    assertRefused(gif, "fewer pixels than its header says");
  }

  @Test
  void aDamagedPngIsRefused() throws IOException {
    byte[] png = GreyNoise.encode("png");
    png[png.length / 2] ^= 0x55;

    assertRefused(png, "cannot be decoded");
  }

  @Test
  void aMissingFileAndAFolderAreRefused(@TempDir Path folder) {
    Path missing = folder.resolve("none.png");

    assertEquals(
        missing + ": there is no such file",
        assertThrows(UnreadableImageException.class, () -> ImageDecoder.bytes(missing))
            .getMessage());
    assertTrue(
        assertThrows(UnreadableImageException.class, () -> ImageDecoder.bytes(folder))
            .getMessage()
            .contains("is a folder"));
  }

  private static byte[] pnm(String kind, int most, byte[] samples) {
    byte[] header =
        "%s\n# a comment\n%d %d\n%d\n"
            .formatted(kind, TestImages.SIDE, TestImages.SIDE, most)
            .getBytes(StandardCharsets.US_ASCII);
    return ByteBuffer.allocate(header.length + samples.length).put(header).put(samples).array();
  }

  private static void assertRefused(byte[] bytes, String reason) {
    UnreadableImageException e =
        assertThrows(UnreadableImageException.class, () -> TestImages.read(bytes));
    assertTrue(e.getMessage().startsWith("test: "), e.getMessage());
    assertTrue(e.reason().contains(reason), e.getMessage());
  }

  private static void assertColour(
      float red, float green, float blue, float[] pixels, float tolerance) {
    assertEquals(3 * PLANE, pixels.length);
    float[] expected = {red, green, blue};
    for (int i = 0; i < pixels.length; i++) {
      assertEquals(expected[i / PLANE], pixels[i], tolerance + 1e-7, "value " + i);
    }
  }
}
