package io.pneuma.config;

import java.util.List;

/** A recipe that cannot be used; its message holds every problem found, one a line. */
public final class ConfigException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** All problems of one recipe. */
  public ConfigException(List<String> problems) {
    super(String.join(System.lineSeparator(), problems));
  }

  /** A single problem. */
  public ConfigException(String problem) {
    super(problem);
  }
}
