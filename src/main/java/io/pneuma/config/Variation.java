package io.pneuma.config;

import java.io.Serializable;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * How far a view may differ from its image in the ways that one radiography unit differs from
 * another. Ratios multiply or divide by up to 1 + themselves; shares are of the view's side, but
 * for {@code noise}, which is of full scale, and {@code erase}, which is of the area. The one-sided
 * changes, from {@code blur} to {@code erase} without translation and zoom, are made to half of the
 * views.
 *
 * @param brightness ratio of the grey values
 * @param contrast ratio of their distances from the view's mean
 * @param gamma ratio of the exponent that is put on them
 * @param blur most standard deviation of a Gaussian, as a share
 * @param noise most standard deviation of Gaussian noise, as a share
 * @param resolution least resolution that the view passes through, as a share of its own; 1 for
 *     none
 * @param clahe most clip limit of an adaptive histogram equalisation, in means of its histogram
 * @param jpegQuality least quality of a JPEG that the view passes through; {@value #NO_COMPRESSION}
 *     for none
 * @param translate most shift across and down, as a share
 * @param zoom ratio of the size
 * @param erase most area of a rectangle of one grey, as a share
 */
public record Variation(
    double brightness,
    double contrast,
    double gamma,
    double blur,
    double noise,
    double resolution,
    double clahe,
    int jpegQuality,
    double translate,
    double zoom,
    double erase)
    implements Serializable {
  /** The quality that stands for no JPEG at all. */
  public static final int NO_COMPRESSION = 101;

  /** The same unit. */
  public static final Variation NONE = new Variation(0, 0, 0, 0, 0, 1, 0, NO_COMPRESSION, 0, 0, 0);

  /** Chest radiographs from one unit to another; docs/decisions/augmentation.md has the reasons. */
  private static final Variation XRAY =
      new Variation(0.2, 0.25, 0.25, 0.005, 0.02, 0.5, 2, 40, 0.05, 0.1, 0.02);

  /** What {@code augmentation.policy} may name. */
  static Map<String, Variation> policies() {
    Map<String, Variation> policies = new LinkedHashMap<>();
    policies.put(Recipe.NONE, NONE);
    policies.put("xray", XRAY);
    return policies;
  }
}
