package io.pneuma.audit;

import io.pneuma.audit.Findings.Shortcut;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** An audit as lines for a terminal. */
public final class AuditText {
  private static final int SHOWN = 10;

  private AuditText() {}

  /** The findings, each with its first few items. */
  public static String of(Findings found) {
    StringBuilder text = new StringBuilder(counts(found)).append(System.lineSeparator());
    add(
        text,
        "Near-duplicates across patients or splits",
        found.flaggedDuplicates(),
        found.nearDuplicates().stream()
            .map(
                pair ->
                    String.format(
                        Locale.ROOT,
                        "%.3f  %s = %s",
                        pair.likeness(),
                        pair.first(),
                        pair.second())));
    add(
        text,
        "Off-topic images",
        found.flaggedOffTopic(),
        found.offTopic().stream()
            .map(
                image ->
                    String.format(
                        Locale.ROOT,
                        "%.1f  %s, by %s",
                        image.strangeness(),
                        image.file(),
                        image.by())));
    add(
        text,
        "Probable label errors",
        found.flaggedLabels(),
        found.labelErrors().stream()
            .map(
                error ->
                    String.format(
                        Locale.ROOT,
                        "%.3f  %s, rather %s",
                        error.likelierProbability(),
                        error.file(),
                        error.likelier())));
    for (Shortcut each : found.shortcuts()) {
      line(
          text,
          String.format(
              Locale.ROOT,
              "%sROC AUC %.3f [%.3f, %.3f] by %s",
              each.warning() ? "! " : "  ",
              each.rocAuc(),
              each.ci95().get(0),
              each.ci95().get(1),
              each.trait()));
    }
    if (found.warnings() > 0) {
      line(text, "What is marked with ! above tells the classes without any anatomy.");
    }
    found.notes().forEach(note -> line(text, note));
    return text.toString();
  }

  /** What was audited, in a sentence. */
  static String counts(Findings found) {
    return "%d images of %d patients, classes %s; features: %s%s"
        .formatted(
            found.images(),
            found.patients(),
            String.join(", ", found.classes()),
            found.features(),
            found.unreadable() == 0
                ? ""
                : "; " + found.unreadable() + " files that give no image were left out");
  }

  private static void add(StringBuilder text, String what, long flagged, Stream<String> items) {
    line(text, (flagged > 0 ? "! " : "") + what + ": " + (flagged > 0 ? flagged : "none"));
    List<String> first = items.limit(Math.min(SHOWN, flagged)).toList();
    first.forEach(item -> line(text, "  " + item));
    if (flagged > first.size()) {
      line(text, "  and " + (flagged - first.size()) + " more; --json FILE has them all");
    }
  }

  private static void line(StringBuilder text, String line) {
    text.append(line).append(System.lineSeparator());
  }
}
