package io.pneuma.config;

import java.util.Optional;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/** What {@code data.validation.groupBy} may be. */
public final class GroupBy {
  private GroupBy() {}

  /** Why a text is no rule for patients; empty where it is one. */
  public static Optional<String> problem(String groupBy) {
    if (groupBy.equals(Recipe.PATIENT)) {
      return Optional.empty();
    }
    try {
      return Pattern.compile(groupBy).matcher("").groupCount() < 1
          ? Optional.of("needs a group for the patient, as in \"^(\\\\d+)_\"; or the word patient")
          : Optional.empty();
    } catch (PatternSyntaxException e) {
      return Optional.of("is no regular expression: " + e.getDescription());
    }
  }
}
