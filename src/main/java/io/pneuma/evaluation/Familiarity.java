package io.pneuma.evaluation;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.DoubleStream;

/**
 * Tells images that are unlike all that a model was trained on. An image has several parts: what
 * each backbone makes of it, and how its grey values are laid out. In each part its distance to the
 * k-th nearest training image counts (Sun et al., "Out-of-distribution detection with deep nearest
 * neighbors", ICML 2022), in units of what one validation image in a hundred exceeds; the part in
 * which it is strangest decides. docs/decisions/familiarity.md has what that finds.
 */
public final class Familiarity {
  /** Its name among the entries of a model's file. */
  public static final String FILE = "familiarity.bin";

  /**
   * The threshold of several models together, whose distance is the mean of each one's distance as
   * a share of its own threshold.
   */
  public static final double OF_SEVERAL = 1;

  private static final int NEIGHBOURS = 5;

  /** Training images that are kept, spread over all. */
  private static final int MOST_REFERENCES = 1000;

  /** Share of images like those of training that may be flagged. */
  private static final double FALSE_ALARMS = 0.01;

  private final double[] units; // Of each part.
  private final float[][][] references; // Images x parts x values.
  private final double threshold;

  private Familiarity(double[] units, float[][][] references, double threshold) {
    this.units = units;
    this.references = references;
    this.threshold = threshold;
  }

  /** As many of these, spread over all, as {@link #fit} has use for. */
  public static <T> List<T> spread(List<T> training) {
    List<T> some = new ArrayList<>();
    int kept = Math.min(MOST_REFERENCES, training.size());
    for (int i = 0; i < kept; i++) {
      some.add(training.get((int) ((long) i * training.size() / kept)));
    }
    return some;
  }

  /**
   * The parts of an image.
   *
   * @param positions of the features, over which each channel's mean is taken; 1 for vectors
   */
  public static float[][] parts(float[][] features, int positions, float[] layout) {
    float[][] parts = new float[features.length + 1][];
    for (int i = 0; i < features.length; i++) {
      parts[i] = positions == 1 ? features[i] : means(features[i], positions);
    }
    parts[features.length] = layout;
    return parts;
  }

  private static float[] means(float[] maps, int positions) {
    float[] means = new float[maps.length / positions];
    for (int i = 0; i < maps.length; i++) {
      means[i / positions] += maps[i] / positions;
    }
    return means;
  }

  /**
   * Learns what is familiar.
   *
   * @param training the parts of each image; {@link #spread} chooses images
   * @param validation the same of images that were not trained on; all but one in a hundred of
   *     their like shall not be flagged
   */
  public static Familiarity fit(List<float[][]> training, List<float[][]> validation) {
    float[][][] references = training.toArray(float[][][]::new);
    double[] units = new double[references[0].length];
    for (int part = 0; part < units.length; part++) {
      int own = part;
      units[part] = rarely(validation.stream().mapToDouble(i -> nearest(i, own, references)));
      units[part] = units[part] > 0 ? units[part] : Double.MIN_NORMAL;
    }
    Familiarity open = new Familiarity(units, references, Double.NaN);
    double threshold = rarely(validation.stream().mapToDouble(open::distance));
    return new Familiarity(units, references, threshold);
  }

  /** What one in a hundred exceeds; of fewer, the largest. */
  private static double rarely(DoubleStream values) {
    double[] sorted = values.sorted().toArray();
    int rank = (int) Math.ceil((sorted.length + 1) * (1 - FALSE_ALARMS) - 1e-9);
    return sorted[Math.min(rank, sorted.length) - 1];
  }

  /** The Euclidean distance of one part to the k-th nearest reference. */
  private static double nearest(float[][] image, int part, float[][][] references) {
    float[] own = image[part];
    double[] squares = new double[references.length];
    for (int r = 0; r < references.length; r++) {
      float[] other = references[r][part];
      float sum = 0;
      for (int i = 0; i < own.length; i++) {
        float apart = own[i] - other[i];
        sum += apart * apart;
      }
      squares[r] = sum;
    }
    Arrays.sort(squares);
    return Math.sqrt(squares[Math.min(NEIGHBOURS, squares.length) - 1]);
  }

  /**
   * How unlike an image is: about 1 where one validation image in a hundred lies.
   *
   * @param parts as they were learnt
   */
  public double distance(float[][] parts) {
    double most = 0;
    for (int part = 0; part < units.length; part++) {
      most = Math.max(most, nearest(parts, part, references) / units[part]);
    }
    return most;
  }

  /** The distance from which on, itself not included, an image is unfamiliar. */
  public double threshold() {
    return threshold;
  }

  /** All of it as bytes. */
  public byte[] toBytes() {
    int floats = 0;
    for (float[] part : references[0]) {
      floats += part.length;
    }
    int header = Double.BYTES * (1 + units.length) + Integer.BYTES * (2 + units.length);
    ByteBuffer bytes = ByteBuffer.allocate(header + Float.BYTES * floats * references.length);
    bytes.putDouble(threshold).putInt(references.length).putInt(units.length);
    for (int part = 0; part < units.length; part++) {
      bytes.putDouble(units[part]).putInt(references[0][part].length);
    }
    for (float[][] reference : references) {
      for (float[] part : reference) {
        for (float value : part) {
          bytes.putFloat(value);
        }
      }
    }
    return bytes.array();
  }

  /** From {@link #toBytes}. */
  public static Familiarity of(byte[] written) {
    ByteBuffer bytes = ByteBuffer.wrap(written);
    double threshold = bytes.getDouble();
    float[][][] references = new float[bytes.getInt()][][];
    double[] units = new double[bytes.getInt()];
    int[] widths = new int[units.length];
    for (int part = 0; part < units.length; part++) {
      units[part] = bytes.getDouble();
      widths[part] = bytes.getInt();
    }
    for (int r = 0; r < references.length; r++) {
      references[r] = new float[widths.length][];
      for (int part = 0; part < widths.length; part++) {
        references[r][part] = new float[widths[part]];
        for (int i = 0; i < widths[part]; i++) {
          references[r][part][i] = bytes.getFloat();
        }
      }
    }
    return new Familiarity(units, references, threshold);
  }
}
