package io.pneuma.dicom;

import java.util.regex.Pattern;

/** What of a file's text may be repeated in messages: codes, and nothing that is none. */
final class Codes {
  private static final Pattern CODE = Pattern.compile("[A-Z0-9_ ]{1,16}");
  private static final Pattern UID = Pattern.compile("[0-9.]{1,64}");

  private Codes() {}

  /** A code string (PS3.5, 6.2: CS) as it is, or a word for what is none. */
  static String code(String text) {
    return CODE.matcher(text).matches() ? text : "(no code)";
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
