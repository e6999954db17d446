package io.pneuma.dicom;

import java.util.Locale;

/** A coded concept (PS3.3, 8.8). */
record Code(String value, String scheme, String meaning) {
  /** What no published scheme names is named by this one, and says so (PS3.3, C.12.1.1.5). */
  static final String OWN = "99PNEUMA";

  static final Code PERCENT = new Code("%", "UCUM", "percent");
  static final Code PRESENT = new Code("52101004", "SCT", "Present");
  static final Code ABSENT = new Code("2667000", "SCT", "Absent");
  static final Code INDETERMINATE = new Code("82334004", "SCT", "Indeterminate");

  static Code dcm(String value, String meaning) {
    return new Code(value, "DCM", meaning);
  }

  static Code own(String value, String meaning) {
    return new Code(value, OWN, meaning);
  }

  /**
   * A class of a network.
   *
   * @param index among the classes
   */
  static Code ofClass(String name, int index) {
    return switch (name.toUpperCase(Locale.ROOT)) {
      case "PNEUMONIA" -> new Code("233604007", "SCT", "Pneumonia");
      case "NORMAL" -> new Code("17621005", "SCT", "Normal");
      default -> own("class-" + (index + 1), name);
    };
  }

  DataSetWriter item() {
    return new DataSetWriter()
        .text(Tag.CODE_VALUE, "SH", value)
        .text(0x00080102, "SH", scheme)
        .text(0x00080104, "LO", meaning);
  }
}
