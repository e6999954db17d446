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

  /** A key as a message shows it: in quotes, escaped, cut to a bearable length. */
  static String quote(String key) {
    boolean tooLong = key.length() > LONGEST_KEY_SHOWN;
    String shown = tooLong ? key.substring(0, LONGEST_KEY_SHOWN) + "..." : key;
    return '"' + StringEscapeUtils.escapeJava(shown) + '"';
  }
}
