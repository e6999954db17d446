package io.pneuma.backbone;

import java.util.List;
import java.util.stream.Collectors;

/** What is wrong with weights, in one message. */
final class Problems {
  private static final int SHOWN = 10;

  private Problems() {}

  static String list(String what, List<String> problems) {
    String shown = problems.stream().limit(SHOWN).collect(Collectors.joining("\n  ", "\n  ", ""));
    String more = problems.size() > SHOWN ? "\n  and " + (problems.size() - SHOWN) + " more" : "";
    return what + ":" + shown + more;
  }
}
