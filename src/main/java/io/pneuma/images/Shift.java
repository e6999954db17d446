package io.pneuma.images;

import io.pneuma.config.Variation;
import io.pneuma.images.Exposure.Erasure;
import java.util.ArrayList;
import java.util.List;
import java.util.function.DoubleFunction;

/**
 * One way, of one strength, in which images from elsewhere differ; made by the same code as the
 * views of an augmentation, with a given strength instead of a random one.
 *
 * <p>Kinds and strengths are MedMNIST-C's for its chest radiographs at 224 pixels (Di Salvo,
 * Doerrich and Ledig, "MedMNIST-C: Comprehensive benchmark and improved classifier robustness by
 * simulating realistic image corruptions", 2024; PneumoniaMNIST). Not there: translation and zoom.
 */
public final class Shift {
  /** The images as they are. */
  public static final Shift NONE = new Shift("none", 0, 0, Geometry.PLAIN, Exposure.PLAIN);

  /** Each kind in its middle strength. */
  public static final List<Shift> MIDDLE =
      all().stream().filter(shift -> shift.strength == 3).toList();

  /** The side in pixels for which the deviations of the blur are given. */
  private static final double SIDE = 224;

  private final String kind;
  private final int strength;
  private final double value;
  private final Geometry geometry;
  private final Exposure exposure;

  private Shift(String kind, int strength, double value, Geometry geometry, Exposure exposure) {
    this.kind = kind;
    this.strength = strength;
    this.value = value;
    this.geometry = geometry;
    this.exposure = exposure;
  }

  /** All, by their kinds and from the weakest to the strongest. */
  public static List<Shift> all() {
    List<Shift> all = new ArrayList<>();
    exposures(all, "brightnessUp", factor -> tone(factor, 1, 1), 1.1, 1.2, 1.3, 1.4, 1.5);
    exposures(all, "brightnessDown", factor -> tone(factor, 1, 1), 0.9, 0.8, 0.7, 0.6, 0.5);
    exposures(all, "contrastUp", factor -> tone(1, factor, 1), 1.1, 1.2, 1.3, 1.4, 1.6);
    exposures(all, "contrastDown", factor -> tone(1, factor, 1), 0.9, 0.8, 0.7, 0.6, 0.4);
    exposures(all, "gammaUp", exponent -> tone(1, 1, exponent), 1.1, 1.2, 1.3, 1.4, 1.6);
    exposures(all, "gammaDown", exponent -> tone(1, 1, exponent), 0.9, 0.8, 0.7, 0.6, 0.4);
    // Kernels of 3 to 11 pixels, whose deviations follow from their width in torchvision.
    exposures(all, "blur", pixels -> detector(pixels / SIDE, 0), 0.8, 1.1, 1.4, 1.7, 2.0);
    exposures(all, "noise", deviation -> detector(0, deviation), 0.04, 0.05, 0.06, 0.07, 0.08);
    exposures(
        all,
        "resolution",
        share -> archive(share, Variation.NO_COMPRESSION),
        0.8,
        0.7,
        0.6,
        0.5,
        0.4);
    exposures(all, "jpeg", quality -> archive(1, (int) quality), 50, 30, 15, 10, 7);
    geometries(all, "translation", share -> place(1, share), 0.02, 0.04, 0.06, 0.08, 0.1);
    geometries(all, "zoomIn", factor -> place(factor, 0), 1.05, 1.1, 1.15, 1.2, 1.25);
    geometries(all, "zoomOut", factor -> place(factor, 0), 0.95, 0.9, 0.85, 0.8, 0.75);
    return List.copyOf(all);
  }

  private static void exposures(
      List<Shift> all, String kind, DoubleFunction<Exposure> exposure, double... values) {
    for (int i = 0; i < values.length; i++) {
      all.add(new Shift(kind, i + 1, values[i], Geometry.PLAIN, exposure.apply(values[i])));
    }
  }

  private static void geometries(
      List<Shift> all, String kind, DoubleFunction<Geometry> geometry, double... values) {
    for (int i = 0; i < values.length; i++) {
      all.add(new Shift(kind, i + 1, values[i], geometry.apply(values[i]), Exposure.PLAIN));
    }
  }

  private static Exposure tone(double brightness, double contrast, double gamma) {
    return new Exposure(
        brightness, contrast, gamma, 0, 0, 0, 1, 0, Variation.NO_COMPRESSION, Erasure.NONE);
  }

  private static Exposure detector(double blur, double noise) {
    return new Exposure(1, 1, 1, blur, noise, 0, 1, 0, Variation.NO_COMPRESSION, Erasure.NONE);
  }

  private static Exposure archive(double resolution, int jpegQuality) {
    return new Exposure(1, 1, 1, 0, 0, 0, resolution, 0, jpegQuality, Erasure.NONE);
  }

  /** Translated to the right and down alike. */
  private static Geometry place(double zoom, double shift) {
    return new Geometry(1, 0, 0, 0, false, zoom, shift, shift);
  }

  /** What is changed, and to which side, such as {@code brightnessUp}. */
  public String kind() {
    return kind;
  }

  /** From 1 to 5; 0 for {@link #NONE}. */
  public int strength() {
    return strength;
  }

  /** The factor, exponent, deviation in pixels of 224, quality or share that the strength is. */
  public double value() {
    return value;
  }

  Geometry geometry() {
    return geometry;
  }

  Exposure exposure() {
    return exposure;
  }
}
