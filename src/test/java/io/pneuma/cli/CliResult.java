package io.pneuma.cli;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** What the program answers to its arguments. */
record CliResult(int exitCode, String out, String err) {

  private static final List<String> CHECK_MAPS = List.of("train", "adapt", "ensemble");

  /** Without checks of maps, which take longer than what most tests are about. */
  static CliResult of(Object... args) {
    List<Object> words = new ArrayList<>(List.of(args));
    boolean checks = !words.isEmpty() && CHECK_MAPS.contains(words.get(0).toString());
    if (checks && !words.contains("--help")) {
      words.add(1, "--no-maps");
    }
    return asIs(words.toArray());
  }

  /** With no more than these arguments. */
  static CliResult asIs(Object... args) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    String[] words = Stream.of(args).map(Object::toString).toArray(String[]::new);
    int exitCode =
        Cli.run(
            new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8),
            words);
    return new CliResult(
        exitCode, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
  }
}
