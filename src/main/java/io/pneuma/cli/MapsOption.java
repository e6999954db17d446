package io.pneuma.cli;

import picocli.CommandLine.Option;

/** Whether maps of where a network looks are checked for its report. */
final class MapsOption {
  @Option(
      names = "--maps",
      negatable = true,
      defaultValue = "true",
      fallbackValue = "true",
      description =
          "Checks maps of where the network looked, for the report; --no-maps leaves that to explain.")
  private boolean wanted;

  boolean isWanted() {
    return wanted;
  }
}
