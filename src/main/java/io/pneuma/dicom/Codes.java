package io.pneuma.dicom;

import java.util.Set;
import java.util.regex.Pattern;

/** What of a file's text may be repeated in messages: codes, and nothing that is none. */
final class Codes {
  /**
   * Modalities, parts of the body and photometric interpretations that are met, and no free text.
   */
  private static final Set<String> KNOWN =
      Set.of(
          "CR",
          "CT",
          "DX",
          "MG",
          "MR",
          "NM",
          "OT",
          "PT",
          "PX",
          "RF",
          "RG",
          "SC",
          "SM",
          "US",
          "XA",
          "XC",
          "IO",
          "ES",
          "SR",
          "PR",
          "ABDOMEN",
          "ANKLE",
          "ARM",
          "BRAIN",
          "BREAST",
          "CHEST",
          "CSPINE",
          "ELBOW",
          "EXTREMITY",
          "FEMUR",
          "FINGER",
          "FOOT",
          "HAND",
          "HEAD",
          "HIP",
          "KNEE",
          "LEG",
          "LSPINE",
          "LUNG",
          "NECK",
          "PELVIS",
          "RIB",
          "SHOULDER",
          "SKULL",
          "SPINE",
          "STERNUM",
          "THORAX",
          "THUMB",
          "TSPINE",
          "WHOLEBODY",
          "WRIST",
          "PALETTE COLOR",
          "RGB",
          "MONOCHROME1",
          "MONOCHROME2",
          "HSV",
          "ARGB",
          "CMYK",
          "YBR_FULL",
          "YBR_FULL_422",
          "YBR_PARTIAL_420",
          "YBR_PARTIAL_422",
          "YBR_ICT",
          "YBR_RCT");

  private static final Pattern UID = Pattern.compile("[0-9.]{1,64}");

  private Codes() {}

  /** A code as it is, or words for what may be anything, such as a name typed into its field. */
  static String code(String text) {
    return KNOWN.contains(text) ? text : text.isEmpty() ? "(none)" : "(another)";
  }

  /** A unique identifier of the standard's own; others may tell an institution. */
  static String uid(String text) {
    return UID.matcher(text).matches() && text.startsWith("1.2.840.10008.") ? text : "(unknown)";
  }

  /** A tag as the standard writes it, as in {@code (0028,0010)}. */
  static String tag(int tag) {
    return String.format("(%04X,%04X)", tag >>> 16, tag & 0xFFFF);
  }
}
