package io.pneuma;

import io.pneuma.cli.Cli;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** Arguments to exit code: 0 done, 1 the run failed, 2 wrong usage or config. */
public final class Main {
  private Main() {}

  /** Runs one verb and ends the program with its exit code. */
  public static void main(String[] args) {
    // No verb opens a window; a display that is named but not there must stop none.
    System.setProperty("java.awt.headless", "true");
    // Tables and files are the same everywhere: no locale's digits, commas or Turkish capitals.
    Locale.setDefault(Locale.ROOT);
    PrintStream results = System.out;
    // SameDiff prints remarks of its own; standard output is for results alone.
    System.setOut(new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8));
    int exitCode = Cli.run(results, System.err, args);
    results.flush();
    System.exit(exitCode);
  }
}
