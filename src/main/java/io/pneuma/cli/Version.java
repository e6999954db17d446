package io.pneuma.cli;

/** The versions that a manifest names. */
final class Version {
  static final String PNEUMA = "0.1.0";
  static final String DEEPLEARNING4J = "1.0.0-M2.1";

  private Version() {}
}
