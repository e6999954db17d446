package io.pneuma.evaluation;

import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Which traits tell the classes of a run's training and validation images, whatever the images show
 * besides.
 *
 * @param images that were probed
 * @param patients whose they are
 * @param traits all that were probed; empty where a class has images of one patient alone
 */
public record Shortcuts(int images, int patients, List<Shortcut> traits) {

  /** Copies the list. */
  public Shortcuts {
    traits = List.copyOf(traits);
  }

  /** The one with the trait that tells most; of several runs what to warn of. */
  public static Shortcuts worst(List<Shortcuts> several) {
    return several.stream()
        .max(
            Comparator.comparingDouble(
                each -> each.traits.stream().mapToDouble(Shortcut::low).max().orElse(0)))
        .orElseThrow();
  }

  /** A sentence on what tells the classes beyond chance; empty where nothing does. */
  public Optional<String> warning() {
    String told =
        traits.stream()
            .filter(Shortcut::beyondChance)
            .map(
                each ->
                    String.format(
                        Locale.ROOT,
                        "%.3f [%.3f, %.3f] by %s",
                        each.rocAuc(),
                        each.low(),
                        each.high(),
                        each.name()))
            .collect(Collectors.joining(", "));
    return told.isEmpty()
        ? Optional.empty()
        : Optional.of("without any anatomy the classes are told with a ROC AUC of " + told);
  }
}
