package io.pneuma.images;

/** The three parts of a data set, by the names of their folders. */
enum Split {
  TRAIN("train"),
  VALIDATION("val"),
  TEST("test");

  final String folder;

  Split(String folder) {
    this.folder = folder;
  }
}
