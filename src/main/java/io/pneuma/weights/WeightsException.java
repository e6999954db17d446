package io.pneuma.weights;

import java.io.IOException;
import java.nio.file.Path;
import org.apache.commons.text.StringEscapeUtils;

/** A file of weights that cannot be used; the message begins with the file. */
public final class WeightsException extends IOException {
  private static final long serialVersionUID = 1;
  private static final int LONGEST_KEY_SHOWN = 100;

  /** A rule that the file breaks. */
  public WeightsException(Path file, String problem) {
    super(file + ": " + problem);
  }

  /** A problem that a parser or the file system reported. */
  public WeightsException(Path file, String problem, Throwable cause) {
    super(file + ": " + problem, cause);
  }

  static WeightsException noTensor(Path file, String key) {
    return new WeightsException(file, "has no tensor " + quote(key));
  }

  static WeightsException tooLarge(Path file, String key) {
    return new WeightsException(file, "tensor " + quote(key) + " has more than 2 GB");
  }

  /** A key as a message shows it: in quotes, escaped, cut to a bearable length. */
  static String quote(String key) {
    return '"' + shorten(key) + '"';
  }

  /** A text out of a file as a message shows it: escaped, cut to a bearable length. */
  static String shorten(String text) {
    boolean tooLong = text.length() > LONGEST_KEY_SHOWN;
    String shown = tooLong ? text.substring(0, LONGEST_KEY_SHOWN) + "..." : text;
    return StringEscapeUtils.escapeJava(shown);
  }
}
