package io.pneuma.dicom;

import io.pneuma.dicom.DataSet.Element;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * A DICOM file (PS3.10, 7) that holds an image, of which no more was read than what describes it.
 *
 * <p>Its texts stay within: what it gives out are numbers, codes and, for telling patients apart,
 * {@link #patient}.
 */
public final class DicomFile {
  private static final int PREAMBLE = 128;
  private static final byte[] MAGIC = "DICM".getBytes(StandardCharsets.ISO_8859_1);

  /** More than the largest image that is read has, if the heap is large enough for it. */
  private static final int MOST_INFLATED =
      (int) Math.min(1 << 28, Runtime.getRuntime().maxMemory() / 8);

  /** Computed and digital radiography, and what digitised film is called (PS3.3, C.7.3.1.1.1). */
  private static final Set<String> PROJECTIONS = Set.of("CR", "DX", "RG");

  /** Thorax and chest in SNOMED CT, and as SNOMED RT wrote it (PS3.16, CID 4009). */
  private static final Set<String> CHEST_CODES =
      Set.of("51185008", "T-D3000", "39607008", "T-28000", "43799004", "T-D3080");

  private final TransferSyntax syntax;
  private final DataSet set;
  private final int rows;
  private final int columns;
  private final int frames;
  private final int samples;
  private final int bitsAllocated;
  private final int bitsStored;
  private final String photometric;

  private DicomFile(TransferSyntax syntax, DataSet set) throws DicomException {
    this.syntax = syntax;
    this.set = set;
    if (set.element(Tag.PIXELS).isEmpty()) {
      boolean floats =
          set.element(Tag.FLOAT_PIXELS).isPresent() || set.element(Tag.DOUBLE_PIXELS).isPresent();
      throw new DicomException(
          floats
              ? "is DICOM of floating-point pixels, which are not supported"
              : "is DICOM without an image");
    }
    this.rows = set.unsigned(Tag.ROWS, 0);
    this.columns = set.unsigned(Tag.COLUMNS, 0);
    String count = set.text(Tag.FRAMES);
    if (!count.matches("\\d{0,9}")) {
      throw new DicomException("is broken: its number of frames is no number");
    }
    this.frames = count.isEmpty() ? 1 : Integer.parseInt(count);
    this.samples = set.unsigned(Tag.SAMPLES_PER_PIXEL).orElse(1);
    this.bitsAllocated = set.unsigned(Tag.BITS_ALLOCATED, 0);
    this.bitsStored = set.unsigned(Tag.BITS_STORED, 0);
    this.photometric = set.text(Tag.PHOTOMETRIC);
    require();
  }

  private void require() throws DicomException {
    if (frames < 1) {
      throw new DicomException("is broken: it has no frame");
    }
    if (bitsAllocated != 8 && bitsAllocated != 16) {
      throw new DicomException(
          "is DICOM of " + bitsAllocated + " bits allocated to a sample; 8 and 16 are supported");
    }
    if (bitsStored < 1 || bitsStored > bitsAllocated || highBit() >= bitsAllocated) {
      throw new DicomException(
          "is broken: of %d bits allocated it stores %d up to bit %d"
              .formatted(bitsAllocated, bitsStored, highBit()));
    }
    if (highBit() < bitsStored - 1) {
      throw new DicomException("is broken: it stores more bits than lie below its high bit");
    }
    boolean grey = photometric.equals("MONOCHROME1") || photometric.equals("MONOCHROME2");
    if (grey ? samples != 1 : samples != 3 || !Frame.COLOURS.contains(photometric)) {
      throw new DicomException(
          "is DICOM of the photometric interpretation %s with %d samples a pixel; supported are"
                  .formatted(Codes.code(photometric), samples)
              + " MONOCHROME1, MONOCHROME2, RGB and YBR");
    }
    if (samples == 3 && bitsAllocated != 8) {
      throw new DicomException("is DICOM of colours of 16 bits, which are not supported");
    }
  }

  /** True where bytes begin as a file of DICOM does. */
  public static boolean isDicom(byte[] bytes) {
    return bytes.length > PREAMBLE + MAGIC.length
        && java.util.Arrays.equals(
            bytes, PREAMBLE, PREAMBLE + MAGIC.length, MAGIC, 0, MAGIC.length);
  }

  /**
   * Reads what describes the image of a file.
   *
   * @param bytes all of it; must not change
   * @throws DicomException when it is no DICOM, broken, holds no image, or one that is not
   *     supported
   */
  public static DicomFile read(byte[] bytes) throws DicomException {
    if (!isDicom(bytes)) {
      throw new DicomException("is no DICOM file: it has no DICM after its preamble");
    }
    DataSetReader meta =
        new DataSetReader(bytes, PREAMBLE + MAGIC.length, bytes.length, true, false);
    DataSet about = new DataSet(bytes);
    while (meta.nextGroup() == 2) {
      about.add(meta.element(0));
    }
    about.required(Tag.TRANSFER_SYNTAX);
    TransferSyntax syntax = TransferSyntax.of(about.text(Tag.TRANSFER_SYNTAX));
    byte[] body = bytes;
    int from = meta.position();
    if (syntax.deflated()) {
      body = inflated(bytes, from);
      from = 0;
    }
    DataSet set =
        new DataSetReader(body, from, body.length, syntax.explicit(), syntax.bigEndian()).all();
    return new DicomFile(syntax, set);
  }

  private static byte[] inflated(byte[] bytes, int from) throws DicomException {
    Inflater inflater = new Inflater(true);
    try {
      inflater.setInput(bytes, from, bytes.length - from);
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      byte[] piece = new byte[1 << 16];
      while (!inflater.finished()) {
        int count = inflater.inflate(piece);
        if (count == 0 && (inflater.needsInput() || inflater.needsDictionary())) {
          throw new DicomException("is broken: its deflated data ends too early");
        }
        if (out.size() + count > MOST_INFLATED) {
          throw new DicomException(
              "inflates to more than the " + MOST_INFLATED + " bytes that are allowed");
        }
        out.write(piece, 0, count);
      }
      return out.toByteArray();
    } catch (DataFormatException e) {
      throw new DicomException("is broken: it cannot be inflated");
    } finally {
      inflater.end();
    }
  }

  /** Pixels across. */
  public int columns() {
    return columns;
  }

  /** Pixels down. */
  public int rows() {
    return rows;
  }

  /** Images in it, from 1. */
  public int frames() {
    return frames;
  }

  /** 1 for grey, 3 for colours. */
  public int channels() {
    return samples;
  }

  /** Bytes that its pixels take, compressed or not. */
  public int pixelBytes() {
    return pixels().length();
  }

  /** Bits of a sample that mean something. */
  public int bitsStored() {
    return bitsStored;
  }

  /**
   * Why it is no chest X-ray for presentation (PS3.3, C.7.3.1.1.1, C.8.11.1); empty where it is
   * one.
   */
  public Optional<String> notChestXray() throws DicomException {
    String modality = set.text(Tag.MODALITY);
    String part = set.text(Tag.BODY_PART).toUpperCase(Locale.ROOT);
    boolean chest =
        part.contains("CHEST") || part.contains("THORAX") || part.contains("LUNG") || chestCode();
    if (!PROJECTIONS.contains(modality) || !chest) {
      return Optional.of(
          "is DICOM of %s and %s, and no projection chest X-ray (CR, DX or RG of CHEST, THORAX or LUNG)"
              .formatted(
                  modality.isEmpty() ? "no modality" : "modality " + Codes.code(modality),
                  part.isEmpty() ? "no body part" : "body part " + Codes.code(part)));
    }
    if (set.text(Tag.PRESENTATION_INTENT).equals("FOR PROCESSING")) {
      return Optional.of("is DICOM of raw data FOR PROCESSING, not for presentation");
    }
    return Optional.empty();
  }

  private boolean chestCode() throws DicomException {
    for (DataSet region : set.items(Tag.ANATOMIC_REGION)) {
      if (CHEST_CODES.contains(region.text(Tag.CODE_VALUE))) {
        return true;
      }
    }
    return false;
  }

  /**
   * What images of one patient have in common: the patient's identifier, or where that is missing
   * the study's. It must not leave the process; empty where both are missing.
   */
  public Optional<String> patient() {
    String id = set.text(Tag.PATIENT_ID);
    String study = set.text(Tag.STUDY_UID);
    return id.isEmpty()
        ? Optional.of("study " + study).filter(s -> !study.isEmpty())
        : Optional.of("patient " + id);
  }

  /**
   * The greys of the first frame as they are to be shown (PS3.3, C.11): 16 bits, rows x columns.
   *
   * @throws DicomException when the pixels are broken, or colours
   */
  public short[] greys() throws DicomException {
    requirePlain();
    short[] stored = new Frame(this).samples();
    short[] shown = new GreyTransform(this).table();
    for (int i = 0; i < stored.length; i++) {
      stored[i] = shown[stored[i] & 0xFFFF];
    }
    return stored;
  }

  /**
   * The colours of the first frame: bytes, rows x columns x (B, G, R).
   *
   * @throws DicomException when the pixels are broken, or grey
   */
  public byte[] colours() throws DicomException {
    requirePlain();
    return new Frame(this).bgr();
  }

  /** Enhanced objects say in other places how their values are to be shown. */
  private void requirePlain() throws DicomException {
    if (set.has(Tag.SHARED_GROUPS) || set.has(Tag.FRAME_GROUPS)) {
      throw new DicomException(
          "is an enhanced multi-frame image (it has functional groups), which is not supported");
    }
  }

  TransferSyntax syntax() {
    return syntax;
  }

  DataSet set() {
    return set;
  }

  Element pixels() {
    return set.element(Tag.PIXELS).orElseThrow();
  }

  int bitsAllocated() {
    return bitsAllocated;
  }

  int highBit() throws DicomException {
    return set.unsigned(Tag.HIGH_BIT).orElse(bitsStored - 1);
  }

  boolean signed() throws DicomException {
    return set.unsigned(Tag.PIXEL_REPRESENTATION).orElse(0) == 1;
  }

  String photometric() {
    return photometric;
  }
}
