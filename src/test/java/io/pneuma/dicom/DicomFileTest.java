package io.pneuma.dicom;

import static io.pneuma.dicom.TestDicom.body;
import static io.pneuma.dicom.TestDicom.file;
import static io.pneuma.dicom.TestDicom.inSyntax;
import static io.pneuma.dicom.TestDicom.xray;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.github.jaiimageio.jpeg2000.J2KImageWriteParam;
import com.github.jaiimageio.jpeg2000.impl.J2KImageWriterSpi;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Random;
import java.util.zip.Deflater;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriter;
import javax.imageio.stream.MemoryCacheImageOutputStream;
import org.junit.jupiter.api.Test;

class DicomFileTest {
  private static final String RLE = "1.2.840.10008.1.2.5";
  private static final String JPEG = "1.2.840.10008.1.2.4.50";
  private static final String JPEG_2000 = "1.2.840.10008.1.2.4.90";

  private static short[] greys(byte[] file) throws DicomException {
    return DicomFile.read(file).greys();
  }

  private static short[] expected() throws DicomException {
    return greys(file(xray()));
  }

  private static String refusal(byte[] file) {
    return assertThrows(DicomException.class, () -> greys(file)).getMessage();
  }

  /** The same elements without their value representations, of either order of bytes. */
  private static byte[] implicit(byte[] explicit) {
    ByteBuffer from = ByteBuffer.wrap(explicit).order(ByteOrder.LITTLE_ENDIAN);
    ByteBuffer to = ByteBuffer.allocate(2 * explicit.length).order(ByteOrder.LITTLE_ENDIAN);
    while (from.hasRemaining()) {
      to.putInt(from.getInt());
      boolean wide = from.get() == 'O';
      from.get();
      int length =
          wide ? from.getInt(from.position() + 2) : from.getShort(from.position()) & 0xFFFF;
      from.position(from.position() + (wide ? 6 : 2));
      to.putInt(length).put(explicit, from.position(), length);
      from.position(from.position() + length);
    }
    return Arrays.copyOf(to.array(), to.position());
  }

  private static byte[] bigEndian(byte[] explicit) {
    ByteBuffer from = ByteBuffer.wrap(explicit).order(ByteOrder.LITTLE_ENDIAN);
    ByteBuffer to = ByteBuffer.allocate(explicit.length).order(ByteOrder.BIG_ENDIAN);
    while (from.hasRemaining()) {
      to.putShort(from.getShort()).putShort(from.getShort());
      byte[] vr = {from.get(), from.get()};
      to.put(vr);
      boolean wide = vr[0] == 'O';
      int length;
      if (wide) {
        to.putShort(from.getShort());
        length = from.getInt();
        to.putInt(length);
      } else {
        length = from.getShort() & 0xFFFF;
        to.putShort((short) length);
      }
      boolean shorts = wide || (vr[0] == 'U' && vr[1] == 'S');
      for (int i = 0; i < length; i += shorts ? 2 : 1) {
        if (shorts) {
          to.putShort(from.getShort());
        } else {
          to.put(from.get());
        }
      }
    }
    return to.array();
  }

  @Test
  void everyEncodingOfElementsGivesTheSamePixels() throws DicomException {
    byte[] body = body(file(xray()));
    Deflater deflater = new Deflater(9, true);
    deflater.setInput(body);
    deflater.finish();
    byte[] deflated = new byte[body.length];
    int length = deflater.deflate(deflated);
    deflater.end();

    assertArrayEquals(expected(), greys(inSyntax("1.2.840.10008.1.2", implicit(body))));
    assertArrayEquals(expected(), greys(inSyntax("1.2.840.10008.1.2.2", bigEndian(body))));
    assertArrayEquals(
        expected(), greys(inSyntax("1.2.840.10008.1.2.1.99", Arrays.copyOf(deflated, length))));
  }

  /** The file with its pixels in fragments. */
  private static byte[] encapsulated(String syntax, DataSetWriter set, byte[]... fragments) {
    byte[] body = body(file(set.raw(Tag.PIXELS, "OW", new byte[0])));
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(body, 0, body.length - 12);
    ByteBuffer header = ByteBuffer.allocate(20).order(ByteOrder.LITTLE_ENDIAN);
    header.putInt(0x00107FE0).put((byte) 'O').put((byte) 'B').putShort((short) 0).putInt(-1);
    out.writeBytes(header.putInt(0xE000FFFE).putInt(0).array()); // An empty offset table.
    for (byte[] fragment : fragments) {
      ByteBuffer item = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
      out.writeBytes(item.putInt(0xE000FFFE).putInt((fragment.length + 1) & ~1).array());
      out.writeBytes(Arrays.copyOf(fragment, (fragment.length + 1) & ~1));
    }
    ByteBuffer end = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
    out.writeBytes(end.putInt(0xE0DDFFFE).putInt(0).array());
    return inSyntax(syntax, out.toByteArray());
  }

  /** PS3.5, G: runs of more than two equal bytes, all else as it is. */
  private static byte[] packed(byte[] plane) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    int at = 0;
    while (at < plane.length) {
      int run = 1;
      while (run < 128 && at + run < plane.length && plane[at + run] == plane[at]) {
        run++;
      }
      if (run > 2) {
        out.write(1 - run);
        out.write(plane[at]);
        at += run;
      } else {
        out.write(0);
        out.write(plane[at++]);
      }
    }
    return out.toByteArray();
  }

  @Test
  void runLengthsGiveTheSamePixels() throws DicomException {
    int[] values = TestDicom.values(12, false);
    byte[] high = new byte[values.length];
    byte[] low = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      high[i] = (byte) (values[i] >> 8);
      low[i] = (byte) values[i];
    }
    byte[] first = packed(high);
    byte[] second = packed(low);
    ByteBuffer frame =
        ByteBuffer.allocate(64 + first.length + second.length).order(ByteOrder.LITTLE_ENDIAN);
    frame.putInt(2).putInt(64).putInt(64 + first.length).position(64).put(first).put(second);

    assertArrayEquals(expected(), greys(encapsulated(RLE, xray(), frame.array())));
    frame.putInt(8, 64 + first.length + second.length + 9);
    assertTrue(refusal(encapsulated(RLE, xray(), frame.array())).contains("outside"));
  }

  private static BufferedImage image(int[] values, int type) {
    BufferedImage image = new BufferedImage(TestDicom.COLUMNS, TestDicom.ROWS, type);
    image.getRaster().setSamples(0, 0, TestDicom.COLUMNS, TestDicom.ROWS, 0, values);
    return image;
  }

  @Test
  void jpeg2000WithoutLossGivesTheSamePixelsInOnePieceAndInTwo() throws Exception {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ImageWriter writer = new J2KImageWriterSpi().createWriterInstance(null);
    J2KImageWriteParam lossless = new J2KImageWriteParam();
    lossless.setLossless(true);
    writer.setOutput(new MemoryCacheImageOutputStream(out));
    BufferedImage image = image(TestDicom.values(12, false), BufferedImage.TYPE_USHORT_GRAY);
    writer.write(null, new IIOImage(image, null, null), lossless);
    ((MemoryCacheImageOutputStream) writer.getOutput()).close();
    byte[] boxes = out.toByteArray();
    int start = 0; // The codestream within its file.
    while (ByteBuffer.wrap(boxes).getInt(start) != 0xFF4FFF51) {
      start++;
    }
    byte[] stream = Arrays.copyOfRange(boxes, start, boxes.length);

    assertArrayEquals(expected(), greys(encapsulated(JPEG_2000, xray(), stream)));
    int half = (stream.length / 2) & ~1;
    assertArrayEquals(
        expected(),
        greys(
            encapsulated(
                JPEG_2000,
                xray(),
                Arrays.copyOf(stream, half),
                Arrays.copyOfRange(stream, half, stream.length))));
    assertTrue(refusal(encapsulated(JPEG_2000, xray(), boxes)).contains("codestream"));
    assertTrue(
        refusal(encapsulated(JPEG_2000, xray(), Arrays.copyOf(stream, half))).contains("broken"));
  }

  @Test
  void jpegGivesThePixelsThatItsDecoderGives() throws Exception {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ImageIO.write(image(TestDicom.values(8, false), BufferedImage.TYPE_BYTE_GRAY), "jpeg", out);
    BufferedImage decoded = ImageIO.read(new java.io.ByteArrayInputStream(out.toByteArray()));
    short[] greys = greys(encapsulated(JPEG, xray(8, 8, 7, false), out.toByteArray()));

    for (int i = 0; i < greys.length; i++) {
      int x = i % TestDicom.COLUMNS;
      int y = i / TestDicom.COLUMNS;
      assertEquals(257 * decoded.getRaster().getSample(x, y, 0), greys[i] & 0xFFFF);
    }
    byte[] cut = Arrays.copyOf(out.toByteArray(), out.size() / 2);
    assertTrue(refusal(encapsulated(JPEG, xray(8, 8, 7, false), cut)).contains("broken"));
    assertTrue(
        refusal(encapsulated(JPEG, xray(8, 8, 7, false).shorts(Tag.ROWS, 32), out.toByteArray()))
            .contains("another size"));
  }

  @Test
  void colours() throws DicomException {
    byte[] rgb = new byte[3 * TestDicom.ROWS * TestDicom.COLUMNS];
    new Random(1).nextBytes(rgb);
    DataSetWriter set =
        xray(8, 8, 7, false)
            .shorts(Tag.SAMPLES_PER_PIXEL, 3)
            .text(Tag.PHOTOMETRIC, "CS", "RGB")
            .shorts(Tag.PLANAR_CONFIGURATION, 0)
            .raw(Tag.PIXELS, "OB", Arrays.copyOf(rgb, rgb.length + 1));
    byte[] bgr = DicomFile.read(file(set)).colours();
    for (int i = 0; i < rgb.length; i++) {
      assertEquals(rgb[i], bgr[(i / 3) * 3 + 2 - (i % 3)]);
    }
  }

  @Test
  void onlyChestXraysAreChestXrays() throws DicomException {
    assertTrue(DicomFile.read(file(xray())).notChestXray().isEmpty());
    String ct =
        DicomFile.read(
                file(xray().text(Tag.MODALITY, "CS", "CT").text(Tag.BODY_PART, "CS", "ABDOMEN")))
            .notChestXray()
            .orElseThrow();
    assertTrue(ct.contains("modality CT") && ct.contains("body part ABDOMEN"), ct);
    assertTrue(
        DicomFile.read(file(xray().text(Tag.BODY_PART, "CS", "")))
            .notChestXray()
            .orElseThrow()
            .contains("no body part"));
    assertTrue(
        DicomFile.read(
                file(
                    xray()
                        .text(Tag.BODY_PART, "CS", "")
                        .sequence(
                            Tag.ANATOMIC_REGION,
                            new DataSetWriter().text(Tag.CODE_VALUE, "SH", "51185008"))))
            .notChestXray()
            .isEmpty());
    assertTrue(
        DicomFile.read(file(xray().text(Tag.PRESENTATION_INTENT, "CS", "FOR PROCESSING")))
            .notChestXray()
            .orElseThrow()
            .contains("FOR PROCESSING"));
    String name =
        DicomFile.read(file(xray().text(Tag.BODY_PART, "CS", "PLANTED NAME")))
            .notChestXray()
            .orElseThrow();
    assertFalse(name.contains("PLANTED"), name);
  }

  @Test
  void theFirstFrameIsGivenAndTheirNumberTold() throws DicomException {
    byte[] one = body(file(xray(8, 8, 7, false)));
    int size = TestDicom.ROWS * TestDicom.COLUMNS;
    byte[] pixels = Arrays.copyOfRange(one, one.length - size - size % 2, one.length - size % 2);
    byte[] three = Arrays.copyOf(pixels, 3 * size + size % 2);
    DicomFile file =
        DicomFile.read(
            file(xray(8, 8, 7, false).text(Tag.FRAMES, "IS", "3").raw(Tag.PIXELS, "OW", three)));
    assertEquals(3, file.frames());
    assertArrayEquals(greys(file(xray(8, 8, 7, false))), file.greys());
  }

  @Test
  void whatIsNotSupportedIsRefusedByName() {
    byte[] body = body(file(xray()));
    assertTrue(refusal(inSyntax("1.2.840.10008.1.2.4.80", body)).contains("JPEG-LS"));
    assertTrue(refusal(inSyntax("1.2.3.4.77", body)).contains("(unknown)"));
    assertTrue(
        refusal(file(xray().text(Tag.PHOTOMETRIC, "CS", "PALETTE COLOR")))
            .contains("PALETTE COLOR"));
    assertTrue(refusal(file(xray().shorts(Tag.BITS_ALLOCATED, 32))).contains("32 bits"));
    assertTrue(
        refusal(file(xray().sequence(Tag.SHARED_GROUPS, xray().raw(Tag.PIXELS, "OW", new byte[0]))))
            .contains("enhanced"));
    assertTrue(refusal(file(xray().shorts(Tag.ROWS, 99))).contains("asks for"));
    assertTrue(
        refusal(file(new DataSetWriter().text(Tag.MODALITY, "CS", "SR")))
            .contains("without an image"));
    assertTrue(refusal(new byte[300]).contains("no DICOM"));
  }

  @Test
  void zerosUpToAWholeBlockAreNoElements() throws DicomException {
    byte[] whole = file(xray());
    assertArrayEquals(expected(), greys(Arrays.copyOf(whole, whole.length + 511)));
  }

  @Test
  void compressedValuesThatAreMovedAreRefused() {
    DataSetWriter moved = xray(12, 16, 15, false);
    assertTrue(refusal(encapsulated(JPEG_2000, moved, new byte[9])).contains("high bit"));
  }

  /** {@code -Dpneuma.mutations=200000} tries as many; docs/decisions/dicom.md has what came out. */
  @Test
  void aDamagedFileGivesAnImageOrATypedErrorThatTellsNobody() throws Exception {
    int each = Integer.getInteger("pneuma.mutations", 6000) / 3;
    ByteArrayOutputStream jpeg = new ByteArrayOutputStream();
    ImageIO.write(image(TestDicom.values(8, false), BufferedImage.TYPE_BYTE_GRAY), "jpeg", jpeg);
    byte[][] sound = {
      file(xray().text(Tag.WINDOW_CENTER, "DS", "1500").text(Tag.WINDOW_WIDTH, "DS", "1700")),
      inSyntax("1.2.840.10008.1.2", implicit(body(file(xray())))),
      encapsulated(JPEG, xray(8, 8, 7, false), jpeg.toByteArray())
    };
    Random random = new Random(1);
    int answered = 0;
    int refused = 0;
    for (byte[] file : sound) {
      for (int i = 0; i < each; i++) {
        byte[] damaged = mutated(file, random);
        try {
          DicomFile read = DicomFile.read(damaged);
          read.notChestXray();
          if ((long) read.rows() * read.columns() <= 1 << 20) { // As ImageDecoder limits it.
            read.greys();
          }
          answered++;
        } catch (DicomException e) {
          refused++;
          for (String planted : TestDicom.PLANTED) {
            assertFalse(e.getMessage().contains(planted), e.getMessage());
          }
        }
      }
    }
    assertTrue(answered > each / 3 && refused > each / 3, answered + " and " + refused);
  }

  private static byte[] mutated(byte[] file, Random random) {
    int head = 132;
    if (random.nextInt(6) == 0) {
      return Arrays.copyOf(file, head + random.nextInt(file.length - head));
    }
    byte[] damaged = file.clone();
    for (int i = random.nextInt(4); i >= 0; i--) {
      int range = random.nextBoolean() ? file.length - head : Math.min(900, file.length - head);
      int at = head + random.nextInt(range);
      damaged[at] =
          switch (random.nextInt(4)) {
            case 0 -> (byte) random.nextInt();
            case 1 -> (byte) (damaged[at] ^ (1 << random.nextInt(8)));
            case 2 -> -1;
            default -> 0;
          };
    }
    return damaged;
  }
}
