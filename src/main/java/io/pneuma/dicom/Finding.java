package io.pneuma.dicom;

import java.awt.geom.Point2D;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What a network says of an image, to be stored beside it in its archive.
 *
 * @param probabilities of each class, in any order that is kept
 * @param positiveClass the class that is set against the rest; null where all count alike
 * @param threshold the least probability of a positive answer; null where there is none
 * @param answer the class that is answered
 * @param undecided whether none or several classes are left by the prediction set
 * @param unfamiliar whether the image is unlike those of training
 * @param model the network
 * @param outlines closed outlines, (x, y) in shares of width and height, of where maps that have
 *     passed their checks say that the network looked; none where no map may be shown
 */
public record Finding(
    Map<String, Double> probabilities,
    String positiveClass,
    Double threshold,
    String answer,
    boolean undecided,
    boolean unfamiliar,
    Model model,
    List<List<Point2D>> outlines) {

  /** What every object says of itself. */
  public static final String WARNING = "Computed by Pneuma. For research, not for diagnosis.";

  /**
   * A network.
   *
   * @param version of the program
   * @param sha256 of the file of its weights
   */
  public record Model(String version, String sha256) {}

  /** Takes copies, the map's in its order. */
  public Finding {
    probabilities = Collections.unmodifiableMap(new LinkedHashMap<>(probabilities));
    outlines = outlines.stream().map(List::copyOf).toList();
  }

  /** The class of which is reported: the positive one, or where there is none the answer. */
  String reported() {
    return positiveClass == null ? answer : positiveClass;
  }

  /** One line for people, in ASCII where the classes are. */
  public String line() {
    String threshold =
        this.threshold == null
            ? ""
            : String.format(Locale.ROOT, " (threshold %.3f)", this.threshold);
    return String.format(Locale.ROOT, "%s %.3f", reported(), probabilities.get(reported()))
        + threshold
        + (undecided ? ", undecided" : ", answer " + answer)
        + (unfamiliar ? ", unlike the training images" : "");
  }
}
