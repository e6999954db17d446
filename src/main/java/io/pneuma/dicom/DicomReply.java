package io.pneuma.dicom;

import java.awt.geom.Point2D;
import java.awt.image.BufferedImage;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;

/**
 * The objects that tell an archive what a network says of one of its images, in the image's own
 * study: a structured report (PS3.16, TID 1500), a presentation state with outlines (PS3.3, A.33.1)
 * and a secondary capture (PS3.3, A.8.1).
 *
 * <p>Their identifiers follow from the image's and the model's, so that the same answer given twice
 * is one object. Patient and study are copied from the image as they are.
 */
public final class DicomReply {
  static final String REPORT = "1.2.840.10008.5.1.4.1.1.88.33";
  static final String PRESENTATION = "1.2.840.10008.5.1.4.1.1.11.1";
  static final String CAPTURE = "1.2.840.10008.5.1.4.1.1.7";

  private static final DateTimeFormatter DATE = DateTimeFormatter.ofPattern("yyyyMMdd");
  private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("HHmmss");
  private static final String MAKER = "Pneuma";

  private final DicomFile image;
  private final Finding finding;
  private final ZonedDateTime when;

  /**
   * Of an image.
   *
   * @param when what the objects say that they were made
   * @throws DicomException when the image does not tell its study
   */
  public DicomReply(DicomFile image, Finding finding, ZonedDateTime when) throws DicomException {
    this.image = image;
    this.finding = finding;
    this.when = when.withZoneSameInstant(ZoneId.systemDefault());
    for (int needed : new int[] {Tag.STUDY_UID, Tag.SERIES_UID, Tag.SOP_CLASS, Tag.SOP_INSTANCE}) {
      image.set().required(needed);
    }
  }

  /** A UID (PS3.5, B.2) that what is named alone has. */
  private String uid(String what) {
    String name =
        what
            + "\n"
            + image.set().text(Tag.SOP_INSTANCE)
            + "\n"
            + finding.model().sha256()
            + "\n"
            + finding.model().version();
    UUID uuid = UUID.nameUUIDFromBytes(name.getBytes(StandardCharsets.UTF_8));
    return "2.25." + new BigInteger(uuid.toString().replace("-", ""), 16);
  }

  /** Patient, study, a series of its own, and what made it. */
  private DataSetWriter base(String kind, String modality, int seriesNumber) {
    DataSet of = image.set();
    DataSetWriter set = new DataSetWriter().copy(of, Tag.CHARACTER_SET, "CS");
    String[][] copied = {
      {"00080020", "DA"}, {"00080030", "TM"}, {"00080050", "SH"}, {"00080090", "PN"},
      {"00100010", "PN"}, {"00100020", "LO"}, {"00100030", "DA"}, {"00100040", "CS"},
      {"00200010", "SH"}
    };
    for (String[] each : copied) { // Type 2: empty where they are not known.
      int tag = Integer.parseUnsignedInt(each[0], 16);
      set.text(tag, each[1]).copy(of, tag, each[1]);
    }
    String[][] optional = {{"00100021", "LO"}, {"00101010", "AS"}, {"00081030", "LO"}};
    for (String[] each : optional) {
      set.copy(of, Integer.parseUnsignedInt(each[0], 16), each[1]);
    }
    return set.copy(of, Tag.STUDY_UID, "UI")
        .text(Tag.SERIES_UID, "UI", uid(kind + " series"))
        .text(Tag.MODALITY, "CS", modality)
        .text(0x00200011, "IS", Integer.toString(seriesNumber))
        .text(0x00200013, "IS", "1")
        .text(0x0008103E, "LO", "Pneuma " + kind)
        .text(0x00080070, "LO", MAKER)
        .text(0x00081090, "LO", MAKER)
        .text(0x00181000, "LO", finding.model().sha256().substring(0, 16))
        .text(0x00181020, "LO", finding.model().version());
  }

  private String date() {
    return DATE.format(when);
  }

  private String time() {
    return TIME.format(when);
  }

  private DataSetWriter reference() {
    return new DataSetWriter()
        .copy(image.set(), Tag.SOP_CLASS, "UI", 0x00081150)
        .copy(image.set(), Tag.SOP_INSTANCE, "UI", 0x00081155);
  }

  // The structured report.

  private static DataSetWriter container(Code concept, List<DataSetWriter> items) {
    return new DataSetWriter()
        .text(0x0040A040, "CS", "CONTAINER")
        .sequence(0x0040A043, concept.item())
        .text(0x0040A050, "CS", "SEPARATE")
        .sequence(0x0040A730, items);
  }

  private static DataSetWriter container(String relation, Code concept, DataSetWriter... items) {
    return container(concept, List.of(items)).text(0x0040A010, "CS", relation);
  }

  private static DataSetWriter item(String relation, String type, Code concept) {
    return new DataSetWriter()
        .text(0x0040A010, "CS", relation)
        .text(0x0040A040, "CS", type)
        .sequence(0x0040A043, concept.item());
  }

  private static DataSetWriter code(String relation, Code concept, Code value) {
    return item(relation, "CODE", concept).sequence(0x0040A168, value.item());
  }

  private static DataSetWriter text(String relation, Code concept, String text) {
    return item(relation, "TEXT", concept).text(0x0040A160, "UT", text);
  }

  private static DataSetWriter uid(Code concept, String uid) {
    return item("HAS OBS CONTEXT", "UIDREF", concept).text(0x0040A124, "UI", uid);
  }

  /** A share as a percentage. */
  private static DataSetWriter number(Code concept, double share, DataSetWriter... within) {
    DataSetWriter value =
        new DataSetWriter()
            .sequence(0x004008EA, Code.PERCENT.item())
            .text(0x0040A30A, "DS", String.format(Locale.ROOT, "%.6f", 100 * share));
    DataSetWriter number = item("CONTAINS", "NUM", concept).sequence(0x0040A300, value);
    return within.length == 0 ? number : number.sequence(0x0040A730, within);
  }

  /**
   * The report: the probability of each class, the threshold, whether the finding is present,
   * absent or indeterminate, and which model said so.
   */
  public byte[] report() {
    List<String> classes = List.copyOf(finding.probabilities().keySet());
    Code reported = Code.ofClass(finding.reported(), classes.indexOf(finding.reported()));
    Code verdict =
        finding.undecided()
            ? Code.INDETERMINATE
            : finding.answer().equals(finding.reported()) ? Code.PRESENT : Code.ABSENT;
    List<DataSetWriter> group = new ArrayList<>();
    group.add(text("HAS OBS CONTEXT", Code.dcm("112039", "Tracking Identifier"), "Image 1"));
    group.add(uid(Code.dcm("112040", "Tracking Unique Identifier"), uid("tracking")));
    group.add(text("HAS CONCEPT MOD", Code.dcm("111001", "Algorithm Name"), MAKER));
    group.add(
        text(
            "HAS CONCEPT MOD",
            Code.dcm("111003", "Algorithm Version"),
            finding.model().version() + ", model SHA-256 " + finding.model().sha256()));
    if (verdict.equals(Code.PRESENT)) { // A viewer may show this alone.
      group.add(code("CONTAINS", Code.dcm("121071", "Finding"), reported));
    }
    for (int k = 0; k < classes.size(); k++) {
      Code of = Code.ofClass(classes.get(k), k);
      group.add(
          number(
              Code.dcm("111012", "Certainty of Finding"),
              finding.probabilities().get(classes.get(k)),
              code("HAS CONCEPT MOD", Code.dcm("121071", "Finding"), of)));
    }
    if (finding.threshold() != null) {
      group.add(number(Code.own("threshold", "Decision threshold"), finding.threshold()));
    }
    group.add(
        code("CONTAINS", Code.own("decision", "Decision on the finding"), verdict)
            .sequence(
                0x0040A730, code("HAS CONCEPT MOD", Code.dcm("121071", "Finding"), reported)));
    group.add(text("CONTAINS", Code.dcm("121106", "Comment"), Finding.WARNING));
    if (finding.unfamiliar()) {
      group.add(
          code(
              "CONTAINS",
              Code.own("familiarity", "Likeness to the training images"),
              Code.own("unfamiliar", "Unlike the training images")));
    }
    DataSetWriter library =
        new DataSetWriter()
            .text(0x0040A010, "CS", "CONTAINS")
            .text(0x0040A040, "CS", "IMAGE")
            .sequence(0x00081199, reference());
    List<DataSetWriter> content =
        List.of(
            code(
                "HAS CONCEPT MOD",
                Code.dcm("121049", "Language of Content Item and Descendants"),
                new Code("en", "RFC5646", "English")),
            code(
                "HAS OBS CONTEXT",
                Code.dcm("121005", "Observer Type"),
                Code.dcm("121007", "Device")),
            uid(Code.dcm("121012", "Device Observer UID"), uid("device")),
            text("HAS OBS CONTEXT", Code.dcm("121013", "Device Observer Name"), MAKER),
            code(
                "HAS CONCEPT MOD",
                Code.dcm("121058", "Procedure reported"),
                new Code("399208008", "SCT", "Plain chest X-ray")),
            container(
                "CONTAINS",
                Code.dcm("111028", "Image Library"),
                container("CONTAINS", Code.dcm("126200", "Image Library Group"), library)),
            container(
                "CONTAINS",
                Code.dcm("126010", "Imaging Measurements"),
                container(Code.dcm("125007", "Measurement Group"), group)
                    .text(0x0040A010, "CS", "CONTAINS")));
    DataSetWriter series =
        new DataSetWriter()
            .sequence(0x00081199, reference())
            .copy(image.set(), Tag.SERIES_UID, "UI");
    DataSetWriter evidence =
        new DataSetWriter().copy(image.set(), Tag.STUDY_UID, "UI").sequence(0x00081115, series);
    DataSetWriter template =
        new DataSetWriter().text(0x00080105, "CS", "DCMR").text(0x0040DB00, "CS", "1500");
    DataSetWriter scheme =
        new DataSetWriter()
            .text(0x00080102, "SH", Code.OWN)
            .text(0x00080115, "ST", "Concepts of Pneuma's own")
            .text(0x00080116, "ST", MAKER);
    return withContent(base("report", "SR", 9901), content)
        .sequence(0x00080110, scheme)
        .text(0x00080023, "DA", date())
        .text(0x00080033, "TM", time())
        .sequence(0x00081111)
        .sequence(0x0040A372)
        .sequence(0x0040A375, evidence)
        .text(0x0040A491, "CS", "COMPLETE")
        .text(0x0040A493, "CS", "UNVERIFIED")
        .sequence(0x0040A504, template)
        .file(REPORT, uid("report"));
  }

  private static DataSetWriter withContent(DataSetWriter set, List<DataSetWriter> content) {
    return set.text(0x0040A040, "CS", "CONTAINER")
        .sequence(0x0040A043, Code.dcm("126000", "Imaging Measurement Report").item())
        .text(0x0040A050, "CS", "SEPARATE")
        .sequence(0x0040A730, content);
  }

  // The presentation state.

  /**
   * The outlines with a line of text, laid over the image as it is shown.
   *
   * @throws DicomException when a lookup table of the image is broken
   */
  public byte[] presentation() throws DicomException {
    DataSet of = image.set();
    List<DataSetWriter> graphics = new ArrayList<>();
    for (List<Point2D> outline : finding.outlines()) {
      float[] data = new float[2 * outline.size() + 2];
      for (int i = 0; i <= outline.size(); i++) { // Closed: the last point is the first.
        Point2D point = outline.get(i % outline.size());
        data[2 * i] = (float) (point.getX() * image.columns());
        data[2 * i + 1] = (float) (point.getY() * image.rows());
      }
      graphics.add(
          new DataSetWriter()
              .text(0x00700005, "CS", "PIXEL")
              .shorts(0x00700020, 2)
              .shorts(0x00700021, data.length / 2)
              .floats(0x00700022, data)
              .text(0x00700023, "CS", "POLYLINE")
              .text(0x00700024, "CS", "N"));
    }
    DataSetWriter words =
        new DataSetWriter()
            .text(0x00700004, "CS", "PIXEL")
            .text(0x00700006, "ST", finding.line() + ". " + Finding.WARNING)
            .floats(0x00700014, 1, image.rows())
            .text(0x00700015, "CS", "N");
    DataSetWriter annotation =
        new DataSetWriter()
            .sequence(0x00081140, reference())
            .text(0x00700002, "CS", "PNEUMA")
            .sequence(0x00700008, words);
    if (!graphics.isEmpty()) {
      annotation.sequence(0x00700009, graphics);
    }
    DataSetWriter layer =
        new DataSetWriter().text(0x00700002, "CS", "PNEUMA").text(0x00700062, "IS", "1");
    DataSetWriter area =
        new DataSetWriter()
            .sequence(0x00081140, reference())
            .longs(0x00700052, 1, 1)
            .longs(0x00700053, image.columns(), image.rows())
            .text(0x00700100, "CS", "SCALE TO FIT")
            .text(0x00700102, "IS", "1", "1");
    DataSetWriter series =
        new DataSetWriter().sequence(0x00081140, reference()).copy(of, Tag.SERIES_UID, "UI");
    DataSetWriter set =
        base("outlines", "PR", 9902)
            .copy(of, Tag.BODY_PART, "CS")
            .sequence(0x00081115, series)
            .sequence(0x00700001, annotation)
            .sequence(0x0070005A, area)
            .sequence(0x00700060, layer)
            .text(0x00700080, "CS", "PNEUMA")
            .text(0x00700081, "LO", "Where Pneuma looked; for research, not for diagnosis")
            .text(0x00700082, "DA", date())
            .text(0x00700083, "TM", time())
            .text(0x00700084, "PN", MAKER + "^")
            .text(
                Tag.PRESENTATION_LUT_SHAPE,
                "CS",
                new GreyTransform(image).turned() ? "INVERSE" : "IDENTITY");
    shownAlike(set);
    return set.file(PRESENTATION, uid("outlines"));
  }

  /** Modality and values of interest as in the image, which a presentation state overrides. */
  private void shownAlike(DataSetWriter set) throws DicomException {
    DataSet of = image.set();
    GreyTransform transform = new GreyTransform(image);
    Optional<GreyTransform.Lut> modality = transform.modality();
    if (modality.isPresent()) {
      set.sequence(Tag.MODALITY_LUT, lut(modality.get(), 1).text(0x00283004, "LO", "US"));
    } else if (of.has(Tag.RESCALE_SLOPE)) {
      set.copy(of, Tag.RESCALE_SLOPE, "DS")
          .text(Tag.RESCALE_INTERCEPT, "DS", "0")
          .copy(of, Tag.RESCALE_INTERCEPT, "DS")
          .text(0x00281054, "LO", "US");
    }
    Optional<GreyTransform.Lut> interest = transform.interest();
    if (interest.isPresent()) {
      DataSetWriter table = lut(interest.get(), 65535 / interest.get().most());
      set.sequence(0x00283110, new DataSetWriter().sequence(Tag.VOI_LUT, table));
    } else if (of.has(Tag.WINDOW_CENTER)) {
      double center = of.decimal(Tag.WINDOW_CENTER).orElse(0.0);
      double width = of.decimal(Tag.WINDOW_WIDTH).orElse(1.0);
      set.sequence(0x00283110, window(center, width).copy(of, Tag.VOI_LUT_FUNCTION, "CS"));
    } else if (modality.isPresent()) { // Of fewer bits it would be shown darker than it was.
      double most = modality.get().most();
      set.sequence(0x00283110, window((most + 1) / 2, most + 1));
    }
  }

  private static DataSetWriter window(double center, double width) {
    return new DataSetWriter()
        .text(Tag.WINDOW_CENTER, "DS", decimal(center))
        .text(Tag.WINDOW_WIDTH, "DS", decimal(width));
  }

  /** A number of at most 16 characters (PS3.5, 6.2: DS). */
  private static String decimal(double value) {
    return new BigDecimal(value).round(new MathContext(8)).stripTrailingZeros().toString();
  }

  /** Of 16 bits, since 8 and 16 alone may be here (PS3.3, C.11.8). */
  private static DataSetWriter lut(GreyTransform.Lut lut, double factor) {
    ByteBuffer words = ByteBuffer.allocate(2 * lut.values().length).order(ByteOrder.LITTLE_ENDIAN);
    for (int value : lut.values()) {
      words.putShort((short) Math.rint(value * factor));
    }
    return new DataSetWriter()
        .shorts(Tag.LUT_DESCRIPTOR, lut.values().length, lut.first(), 16)
        .raw(Tag.LUT_DATA, "OW", words.array());
  }

  // The secondary capture.

  /** A picture for viewers that know nothing else. */
  public byte[] capture(BufferedImage picture) {
    int width = picture.getWidth();
    int height = picture.getHeight();
    byte[] rgb = new byte[(3 * width * height + 1) & ~1];
    for (int i = 0; i < width * height; i++) {
      int pixel = picture.getRGB(i % width, i / width);
      rgb[3 * i] = (byte) (pixel >> 16);
      rgb[3 * i + 1] = (byte) (pixel >> 8);
      rgb[3 * i + 2] = (byte) pixel;
    }
    return base("picture", "OT", 9903)
        .copy(image.set(), Tag.BODY_PART, "CS")
        .text(0x00080008, "CS", "DERIVED", "SECONDARY")
        .text(0x00080023, "DA", date())
        .text(0x00080033, "TM", time())
        .text(0x00080064, "CS", "WSD")
        .text(0x00082111, "ST", finding.line() + ". " + Finding.WARNING)
        .sequence(0x00082112, reference())
        .text(0x00181012, "DA", date())
        .text(0x00181014, "TM", time())
        .text(0x00200020, "CS")
        .shorts(Tag.SAMPLES_PER_PIXEL, 3)
        .text(Tag.PHOTOMETRIC, "CS", "RGB")
        .shorts(Tag.PLANAR_CONFIGURATION, 0)
        .shorts(Tag.ROWS, height)
        .shorts(Tag.COLUMNS, width)
        .shorts(Tag.BITS_ALLOCATED, 8)
        .shorts(Tag.BITS_STORED, 8)
        .shorts(Tag.HIGH_BIT, 7)
        .shorts(Tag.PIXEL_REPRESENTATION, 0)
        .text(0x00280301, "CS", "NO")
        .raw(Tag.PIXELS, "OB", rgb)
        .file(CAPTURE, uid("picture"));
  }
}
