package io.pneuma.audit;

import io.pneuma.evaluation.RocAuc;
import java.util.List;

/**
 * What an audit found; as JSON, what {@code data audit --json} writes. Each list is ranked, the
 * surest first, and holds all that is flagged and at least its first fiftieth, so that a reader can
 * go on where flags end. Files are named by their paths below the folder.
 *
 * @param features what stood for the images' content
 * @param unreadable files that give no image, which were left out
 * @param labelProbe how well the features tell the classes, on which the label errors rest; null
 *     where labels could not be examined
 * @param notes what could not be examined, a sentence each
 */
public record Findings(
    int images,
    long patients,
    List<String> classes,
    String features,
    int unreadable,
    List<NearDuplicate> nearDuplicates,
    List<OffTopicImage> offTopic,
    List<LabelError> labelErrors,
    RocAuc labelProbe,
    List<Shortcut> shortcuts,
    List<String> notes) {

  /** Copies the lists. */
  public Findings {
    classes = List.copyOf(classes);
    nearDuplicates = List.copyOf(nearDuplicates);
    offTopic = List.copyOf(offTopic);
    labelErrors = List.copyOf(labelErrors);
    shortcuts = List.copyOf(shortcuts);
    notes = List.copyOf(notes);
  }

  /**
   * Two files that probably show one picture.
   *
   * @param likeness correlation of their local contrast where they lie over each other, up to 1
   */
  public record NearDuplicate(
      String first,
      String second,
      double likeness,
      boolean acrossPatients,
      boolean acrossSplits,
      boolean acrossClasses,
      boolean flagged) {}

  /**
   * An image unlike the others.
   *
   * @param strangeness 0 for an ordinary image, 1 for one of the upper quartile
   * @param by in which part it is strangest
   */
  public record OffTopicImage(String file, double strangeness, String by, boolean flagged) {}

  /**
   * An image whose label is doubtful.
   *
   * @param label the folder it stands in
   * @param likelier the likeliest other class
   * @param ownProbability of its label, by a probe that has not learnt from its patient
   * @param likelierProbability of the likelier class
   */
  public record LabelError(
      String file,
      String label,
      String likelier,
      double ownProbability,
      double likelierProbability,
      boolean flagged) {}

  /**
   * How well a trait without anatomy tells the classes.
   *
   * @param ci95 low and high end, by patients
   * @param warning whether chance is below the interval
   * @param surest of each class, in their order, files that the trait tells best
   */
  public record Shortcut(
      String trait, double rocAuc, List<Double> ci95, boolean warning, List<List<String>> surest) {}

  /** How many of a list are flagged. */
  long flaggedDuplicates() {
    return nearDuplicates.stream().filter(NearDuplicate::flagged).count();
  }

  long flaggedOffTopic() {
    return offTopic.stream().filter(OffTopicImage::flagged).count();
  }

  long flaggedLabels() {
    return labelErrors.stream().filter(LabelError::flagged).count();
  }

  long warnings() {
    return shortcuts.stream().filter(Shortcut::warning).count();
  }
}
