package io.pneuma.weights;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/** What is wrong with weights, in one message. */
public final class Problems {
  private static final int SHOWN = 10;
  private static final int LONGEST = 500;

  private Problems() {}

  /** The first line of another library's message, cut to a bearable length. */
  public static String brief(String message) {
    String line = message == null ? "" : message.lines().findFirst().orElse("");
    return line.isEmpty()
        ? "it is broken"
        : line.length() > LONGEST ? line.substring(0, LONGEST) + "..." : line;
  }

  public static String shape(String key, long[] expected, long[] found) {
    return key
        + ": expected shape "
        + Arrays.toString(expected)
        + ", found "
        + Arrays.toString(found);
  }

  public static String list(String what, List<String> problems) {
    String shown = problems.stream().limit(SHOWN).collect(Collectors.joining("\n  ", "\n  ", ""));
    String more = problems.size() > SHOWN ? "\n  and " + (problems.size() - SHOWN) + " more" : "";
    return what + ":" + shown + more;
  }
}
