package io.pneuma.images;

import java.util.Map;

/** The three parts of a data set, by the names of their folders. */
enum Split {
  TRAIN("train"),
  VALIDATION("val"),
  TEST("test");

  /** What other programs call these folders. */
  static final Map<String, Split> OTHERWISE =
      Map.ofEntries(
          Map.entry("train", TRAIN),
          Map.entry("training", TRAIN),
          Map.entry("trn", TRAIN),
          Map.entry("val", VALIDATION),
          Map.entry("valid", VALIDATION),
          Map.entry("validate", VALIDATION),
          Map.entry("validation", VALIDATION),
          Map.entry("dev", VALIDATION),
          Map.entry("test", TEST),
          Map.entry("testing", TEST),
          Map.entry("tst", TEST),
          Map.entry("eval", TEST));

  final String folder;

  Split(String folder) {
    this.folder = folder;
  }
}
