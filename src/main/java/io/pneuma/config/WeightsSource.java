package io.pneuma.config;

import java.io.Serializable;
import java.net.URI;
import java.nio.file.Path;
import java.util.Optional;

/** Where a backbone's weights come from; {@code toString} is as a recipe says it. */
public sealed interface WeightsSource extends Serializable {

  /** Random (He) initialisation. */
  record None() implements WeightsSource {
    @Override
    public String toString() {
      return Recipe.NONE;
    }
  }

  /** A source that the program knows by name for this backbone, such as {@code imagenet}. */
  record Named(String name) implements WeightsSource {
    @Override
    public String toString() {
      return name;
    }
  }

  /**
   * A file of one's own.
   *
   * @param sha256 what it must be, if one wants to be sure
   * @param allowNonFinite take NaN and infinite values as they are
   */
  record OfFile(Path file, Optional<String> sha256, boolean allowNonFinite)
      implements WeightsSource {
    @Override
    public String toString() {
      return file.toString();
    }
  }

  /** A file elsewhere, which must have that SHA-256. */
  record OfUrl(URI url, String sha256, boolean allowNonFinite) implements WeightsSource {
    @Override
    public String toString() {
      return url.toString();
    }
  }

  /** The backbone of the same name that a run has trained. */
  record OfRun(Path folder) implements WeightsSource {
    /** How a recipe marks a run directory. */
    public static final String MARK = "run:";

    @Override
    public String toString() {
      return MARK + folder;
    }
  }
}
