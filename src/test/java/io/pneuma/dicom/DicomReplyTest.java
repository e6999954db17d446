package io.pneuma.dicom;

import static io.pneuma.dicom.TestDicom.file;
import static io.pneuma.dicom.TestDicom.xray;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.geom.Point2D;
import java.awt.image.BufferedImage;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class DicomReplyTest {
  private static final ZonedDateTime WHEN =
      ZonedDateTime.of(2026, 1, 2, 3, 4, 5, 0, ZoneOffset.UTC);

  static BufferedImage picture() {
    BufferedImage picture = new BufferedImage(21, 17, BufferedImage.TYPE_INT_RGB);
    picture.setRGB(3, 2, 0x102030);
    return picture;
  }

  private static Finding finding(boolean undecided) {
    Map<String, Double> probabilities = new LinkedHashMap<>();
    probabilities.put("NORMAL", 0.1);
    probabilities.put("PNEUMONIA", 0.9);
    return new Finding(
        probabilities,
        "PNEUMONIA",
        0.41,
        "PNEUMONIA",
        undecided,
        true,
        new Finding.Model("0.1.0", "ab".repeat(32)),
        List.of(
            List.of(
                new Point2D.Double(0.1, 0.2),
                new Point2D.Double(0.5, 0.2),
                new Point2D.Double(0.5, 0.8))));
  }

  static DicomReply reply(byte[] image) throws DicomException {
    return new DicomReply(DicomFile.read(image), finding(false), WHEN);
  }

  /** The data set of a file that holds no image, too. */
  private static DataSet set(byte[] file) throws DicomException {
    byte[] body = TestDicom.body(file);
    return new DataSetReader(body, 0, body.length, true, false).all();
  }

  /** Every item of content below one. */
  private static List<DataSet> content(DataSet of) throws DicomException {
    List<DataSet> all = new ArrayList<>();
    for (DataSet item : of.items(0x0040A730)) {
      all.add(item);
      all.addAll(content(item));
    }
    return all;
  }

  private static List<String> values(DataSet report, String concept) throws DicomException {
    List<String> values = new ArrayList<>();
    for (DataSet item : content(report)) {
      List<DataSet> name = item.items(0x0040A043);
      if (!name.isEmpty() && name.get(0).text(0x00080104).equals(concept)) {
        List<DataSet> number = item.items(0x0040A300);
        List<DataSet> code = item.items(0x0040A168);
        values.add(
            !number.isEmpty()
                ? number.get(0).text(0x0040A30A)
                : !code.isEmpty() ? code.get(0).text(0x00080104) : item.text(0x0040A160));
      }
    }
    return values;
  }

  @Test
  void theReportTellsProbabilitiesThresholdDecisionAndModel() throws DicomException {
    DataSet report = set(reply(file(xray())).report());
    assertEquals(List.of("10.000000", "90.000000"), values(report, "Certainty of Finding"));
    assertEquals(List.of("41.000000"), values(report, "Decision threshold"));
    assertEquals(List.of("Present"), values(report, "Decision on the finding"));
    assertTrue(values(report, "Comment").get(0).contains("not for diagnosis"));
    assertEquals(
        List.of("Pneumonia", "Normal", "Pneumonia", "Pneumonia"), values(report, "Finding"));
    assertTrue(values(report, "Algorithm Version").get(0).contains("ab".repeat(32)));
    assertEquals(
        List.of("Unlike the training images"), values(report, "Likeness to the training images"));
    DicomReply undecided = new DicomReply(DicomFile.read(file(xray())), finding(true), WHEN);
    assertEquals(
        List.of("Indeterminate"), values(set(undecided.report()), "Decision on the finding"));
    assertEquals( // Of probabilities and decision alone: nothing is found.
        List.of("Normal", "Pneumonia", "Pneumonia"), values(set(undecided.report()), "Finding"));
  }

  @Test
  void allStandInTheStudyOfTheImageAndOfItsPatient() throws DicomException {
    byte[] image = file(xray().text(Tag.CHARACTER_SET, "CS", "ISO_IR 100"));
    DicomReply reply = reply(image);
    for (byte[] object : List.of(reply.report(), reply.presentation(), reply.capture(picture()))) {
      DataSet set = set(object);
      for (int tag :
          new int[] {Tag.STUDY_UID, Tag.PATIENT_ID, 0x00100010, 0x00100030, 0x00080050}) {
        assertEquals(set(image).text(tag), set.text(tag));
      }
      assertEquals("ISO_IR 100", set.text(Tag.CHARACTER_SET));
      assertTrue(set.text(Tag.SERIES_UID).startsWith("2.25."));
    }
  }

  @Test
  void theSameAnswerIsTheSameObject() throws DicomException {
    DataSet first = set(reply(file(xray())).report());
    DataSet second =
        set(
            new DicomReply(DicomFile.read(file(xray())), finding(false), WHEN.plusDays(1))
                .report());
    DataSet other = set(reply(xray().file(TestDicom.DX, "1.2.3.4.77.99")).report());
    assertEquals(first.text(Tag.SOP_INSTANCE), second.text(Tag.SOP_INSTANCE));
    assertTrue(!first.text(Tag.SOP_INSTANCE).equals(other.text(Tag.SOP_INSTANCE)));
  }

  @Test
  void outlinesAreInPixelsOfTheImageAndClosed() throws DicomException {
    DataSet state = set(reply(file(xray())).presentation());
    DataSet graphic = state.items(0x00700001).get(0).items(0x00700009).get(0);
    float[] data = new float[8];
    graphic.buffer(graphic.required(0x00700022)).asFloatBuffer().get(data);
    float[] expected = {4.3f, 6.2f, 21.5f, 6.2f, 21.5f, 24.8f, 4.3f, 6.2f};
    assertArrayEquals(expected, data, 1e-4f);
    assertEquals(4, graphic.unsigned(0x00700021, 0));
    assertEquals("IDENTITY", state.text(Tag.PRESENTATION_LUT_SHAPE));
    DataSet negative =
        set(reply(file(xray().text(Tag.PHOTOMETRIC, "CS", "MONOCHROME1"))).presentation());
    assertEquals("INVERSE", negative.text(Tag.PRESENTATION_LUT_SHAPE));
  }

  @Test
  void theImageIsShownAsTheNetworkSawIt() throws DicomException {
    DataSet wide =
        set(
            reply(
                    file(
                        xray()
                            .text(Tag.WINDOW_CENTER, "DS", "1500.5")
                            .text(Tag.WINDOW_WIDTH, "DS", "30000000000")))
                .presentation());
    DataSet window = wide.items(0x00283110).get(0);
    assertEquals(1500.5, window.decimal(Tag.WINDOW_CENTER).orElseThrow());
    assertEquals(3e10, window.decimal(Tag.WINDOW_WIDTH).orElseThrow());
    DataSet inverse =
        set(reply(file(xray().text(Tag.PRESENTATION_LUT_SHAPE, "CS", "INVERSE"))).presentation());
    assertEquals("INVERSE", inverse.text(Tag.PRESENTATION_LUT_SHAPE));
    byte[] entries = new byte[2 * 4096];
    entries[2 * 4095] = 10;
    DataSetWriter table =
        new DataSetWriter()
            .shorts(Tag.LUT_DESCRIPTOR, 4096, 0, 12)
            .raw(Tag.LUT_DATA, "OW", entries);
    DataSet tables = set(reply(file(xray().sequence(Tag.MODALITY_LUT, table))).presentation());
    DataSet modality = tables.items(Tag.MODALITY_LUT).get(0);
    assertEquals(10, modality.unsigned(Tag.LUT_DATA, 4095)); // As it was, for what comes after it.
    assertEquals(4096, tables.items(0x00283110).get(0).decimal(Tag.WINDOW_WIDTH).orElseThrow());
  }

  @Test
  void thePictureIsReadAgain() throws DicomException {
    DicomFile capture = DicomFile.read(reply(file(xray())).capture(picture()));
    byte[] bgr = capture.colours();
    int at = 3 * (2 * 21 + 3);
    assertArrayEquals(
        new byte[] {0x30, 0x20, 0x10}, new byte[] {bgr[at], bgr[at + 1], bgr[at + 2]});
  }

  @Test
  void anImageThatTellsNoStudyIsNotAnswered() {
    DataSetWriter without = xray().text(Tag.STUDY_UID, "UI", "");
    assertThrows(DicomException.class, () -> reply(file(without)));
  }
}
