package io.pneuma.images;

import io.pneuma.config.Recipe;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Tells from a file's name whose image it is, so that no patient stands in two splits.
 *
 * <p>The built-in rule, {@value Recipe#PATIENT}, is made for the names of the Kermany data set and
 * is conservative: where two names may belong to one person, they count as one person.
 *
 * <ul>
 *   <li>{@code person7_bacteria_24.jpeg}, {@code person7_virus_11.jpeg}: {@code person7}, whatever
 *       the pathogen and the folder
 *   <li>{@code IM-0115-0001.jpeg}, {@code IM-0115-0001-0002.jpeg}, {@code
 *       NORMAL2-IM-0115-0001.jpeg}: {@code IM-0115}
 * </ul>
 *
 * <p>In DICOM the patient's identifier says it, or where that is missing the study's.
 *
 * <p>Any other rule is a regular expression: group 1 of its first match in the file's name is the
 * patient. {@code (.+)} makes each file a patient of its own.
 */
public final class PatientRule {
  private static final Pattern KERMANY =
      Pattern.compile("^(?:NORMAL2-)?(IM-\\d+(?=-)|person\\d+(?=_))");

  private final String groupBy;
  private final Pattern pattern;

  private PatientRule(String groupBy) {
    this.groupBy = groupBy;
    this.pattern = groupBy.equals(Recipe.PATIENT) ? KERMANY : Pattern.compile(groupBy);
  }

  /**
   * The rule of a recipe.
   *
   * @param groupBy {@value Recipe#PATIENT}, or a regular expression with a group
   */
  public static PatientRule of(String groupBy) {
    return new PatientRule(groupBy);
  }

  /**
   * The patient of a file.
   *
   * @param fileName without its folder
   * @throws IllegalArgumentException when the rule does not match the name
   */
  public String patient(String fileName) {
    return find(fileName)
        .orElseThrow(
            () -> new IllegalArgumentException(fileName + ": " + this + " finds no patient in it"));
  }

  /** The patient of a file; empty when the rule does not match its name. */
  Optional<String> find(String fileName) {
    Matcher matcher = pattern.matcher(fileName);
    return matcher.find()
        ? Optional.ofNullable(matcher.group(1)).filter(patient -> !patient.isEmpty())
        : Optional.empty();
  }

  /** Whether it is an expression of the user's, which goes before what DICOM says. */
  boolean isOfNames() {
    return !groupBy.equals(Recipe.PATIENT);
  }

  @Override
  public String toString() {
    return groupBy.equals(Recipe.PATIENT)
        ? "the built-in patient rule"
        : "groupBy \"" + groupBy + "\"";
  }
}
