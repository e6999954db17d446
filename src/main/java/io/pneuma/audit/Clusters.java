package io.pneuma.audit;

import io.pneuma.features.BankFiller;
import io.pneuma.images.FileForm;
import io.pneuma.images.FolderImages;
import io.pneuma.images.FolderImages.Found;
import io.pneuma.images.LabelledImage;
import io.pneuma.shortcuts.ImageTraits;
import io.pneuma.shortcuts.Traits;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.apache.commons.math3.ml.clustering.CentroidCluster;
import org.apache.commons.math3.ml.clustering.Clusterable;
import org.apache.commons.math3.ml.clustering.KMeansPlusPlusClusterer;
import org.apache.commons.math3.ml.clustering.MultiKMeansPlusPlusClusterer;
import org.apache.commons.math3.ml.distance.EuclideanDistance;
import org.apache.commons.math3.random.JDKRandomGenerator;

/**
 * Patients whose images are alike whatever their class, so that one cluster held out imitates a new
 * day or another hospital.
 *
 * <p>Each number of an image is taken less its mean over the image's class, in units of its
 * standard deviation, at most {@value #MOST} of them, so that no single image is a cluster of its
 * own; the mean over a patient's images is a point, and the points are clustered by k-means++
 * (Arthur and Vassilvitskii 2007), the best of {@value #STARTS} starts. The largest cluster is the
 * first.
 */
public final class Clusters {
  private static final int STARTS = 10;
  private static final int MOST_STEPS = 200;
  private static final int GREYS = 16;
  private static final double MOST = 3;
  private static final double LEAST_DEVIATION = 1e-6;

  private final FolderImages folder;
  private final List<Found> images;
  private final Map<String, double[]> traits;
  private final Optional<boolean[]> contradicting;
  private final int[] clusterOf;
  private final int count;

  private Clusters(
      FolderImages folder,
      Map<String, double[]> traits,
      Optional<boolean[]> contradicting,
      int[] clusterOf,
      int count) {
    this.contradicting = contradicting;
    this.folder = folder;
    this.images = folder.images();
    this.traits = traits;
    this.clusterOf = clusterOf;
    this.count = count;
  }

  /** Clusters by what the images show, as far as features tell it. */
  public static Clusters byFeatures(
      FolderImages folder, Features features, int count, long seed, Stages stages)
      throws IOException {
    List<Look> looks = looks(folder, stages);
    List<LabelledImage> images = folder.images().stream().map(Found::image).toList();
    return of(
        folder,
        looks,
        features.of(images, looks, stages, BankFiller.HERE).get(0),
        count,
        seed,
        stages);
  }

  /**
   * Clusters by size, file, border, letters and grey values alone, which no anatomy should tell.
   */
  public static Clusters byTraits(FolderImages folder, int count, long seed, Stages stages)
      throws IOException {
    List<Look> looks = looks(folder, stages);
    float[][] numbers = Traits.numbers(looks.stream().map(Look::traits).toList());
    float[][] greys = looks.stream().map(Clusters::greys).toArray(float[][]::new);
    return of(folder, looks, Traits.joined(List.of(numbers, greys)), count, seed, stages);
  }

  private static List<Look> looks(FolderImages folder, Stages stages) throws IOException {
    List<Look> looks = new ArrayList<>();
    List<Found> images = folder.images();
    stages.show(
        "looking",
        images.size(),
        "images",
        done -> looks.addAll(AuditWorkforce.HERE.looks(images, done)));
    return looks;
  }

  /** The share of the tile's pixels in each of {@value #GREYS} bins of grey. */
  private static float[] greys(Look look) {
    float[] greys = new float[GREYS];
    for (byte grey : look.tile()) {
      greys[(grey & 0xFF) * GREYS / 256] += 1f / look.tile().length;
    }
    return greys;
  }

  private static Clusters of(
      FolderImages folder, List<Look> looks, float[][] rows, int count, long seed, Stages stages)
      throws IOException {
    int[] labels = folder.images().stream().mapToInt(found -> found.image().label()).toArray();
    int[] clusterOf = new int[rows.length];
    stages.show(
        "clustering",
        1,
        "times",
        done -> {
          List<Patient> patients = patients(folder, centred(rows, labels));
          List<CentroidCluster<Patient>> clusters = clusters(patients, count, seed);
          for (int cluster = 0; cluster < count; cluster++) {
            for (Patient patient : clusters.get(cluster).getPoints()) {
              for (int image : patient.images) {
                clusterOf[image] = cluster + 1;
              }
            }
          }
          done.accept(1);
        });
    List<ImageTraits> form = looks.stream().map(Look::traits).toList();
    return new Clusters(
        folder,
        traits(folder, looks, labels),
        Contradiction.of(folder, form, seed, stages),
        clusterOf,
        count);
  }

  /** A patient's images, by their place in the folder's list, and the mean of their numbers. */
  private static final class Patient implements Clusterable {
    private final List<Integer> images;
    private final double[] mean;

    Patient(List<Integer> images, double[][] rows) {
      this.images = images;
      this.mean = new double[rows[0].length];
      for (int image : images) {
        for (int k = 0; k < mean.length; k++) {
          mean[k] += rows[image][k] / images.size();
        }
      }
    }

    @Override
    public double[] getPoint() {
      return mean;
    }
  }

  private static List<Patient> patients(FolderImages folder, double[][] rows) {
    List<String> units = folder.units();
    Map<String, List<Integer>> imagesOf = new TreeMap<>();
    for (int i = 0; i < rows.length; i++) {
      imagesOf.computeIfAbsent(units.get(i), unit -> new ArrayList<>()).add(i);
    }
    return imagesOf.values().stream().map(images -> new Patient(images, rows)).toList();
  }

  private static List<CentroidCluster<Patient>> clusters(
      List<Patient> patients, int count, long seed) {
    JDKRandomGenerator random = new JDKRandomGenerator();
    random.setSeed(seed);
    List<CentroidCluster<Patient>> clusters =
        new ArrayList<>(
            new MultiKMeansPlusPlusClusterer<>(
                    new KMeansPlusPlusClusterer<Patient>(
                        count, MOST_STEPS, new EuclideanDistance(), random),
                    STARTS)
                .cluster(patients));
    clusters.sort(
        Comparator.comparingInt(
            cluster -> -cluster.getPoints().stream().mapToInt(each -> each.images.size()).sum()));
    return clusters;
  }

  /** Each number less its class's mean, in units of what is left of its standard deviation. */
  private static double[][] centred(float[][] rows, int[] labels) {
    int width = rows[0].length;
    int classes = Arrays.stream(labels).max().orElseThrow() + 1;
    double[][] centred = new double[rows.length][width];
    double[] sizes = new double[classes];
    Arrays.stream(labels).forEach(label -> sizes[label]++);
    for (int k = 0; k < width; k++) {
      double[] means = new double[classes];
      for (int i = 0; i < rows.length; i++) {
        means[labels[i]] += rows[i][k] / sizes[labels[i]];
      }
      double squares = 0;
      for (int i = 0; i < rows.length; i++) {
        centred[i][k] = rows[i][k] - means[labels[i]];
        squares += centred[i][k] * centred[i][k] / rows.length;
      }
      double deviation = Math.sqrt(squares);
      for (double[] row : centred) {
        double number = deviation > LEAST_DEVIATION ? row[k] / deviation : 0;
        row[k] = Math.max(-MOST, Math.min(MOST, number));
      }
    }
    return centred;
  }

  /** What a reader can see of each image, centred as what is clustered. */
  private static Map<String, double[]> traits(FolderImages folder, List<Look> looks, int[] labels) {
    List<String> names = List.of("width", "height", "bytes/pixel", "grey", "contrast", "border");
    float[][] rows = new float[looks.size()][];
    for (int i = 0; i < rows.length; i++) {
      FileForm form = folder.images().get(i).form();
      Look look = looks.get(i);
      double mean =
          IntStream.range(0, look.tile().length)
              .map(at -> look.tile()[at] & 0xFF)
              .average()
              .orElseThrow();
      double variance =
          IntStream.range(0, look.tile().length)
              .mapToDouble(at -> Math.pow((look.tile()[at] & 0xFF) - mean, 2))
              .average()
              .orElseThrow();
      rows[i] =
          new float[] {
            form.width(),
            form.height(),
            (float) Math.log((double) form.bytes() / form.width() / form.height()),
            (float) mean,
            (float) Math.sqrt(variance),
            look.traits().borderMean()
          };
    }
    double[][] centred = centred(rows, labels);
    Map<String, double[]> traits = new LinkedHashMap<>();
    for (int k = 0; k < names.size(); k++) {
      int column = k;
      traits.put(names.get(k), Arrays.stream(centred).mapToDouble(row -> row[column]).toArray());
    }
    return traits;
  }

  /** The cluster of each image of the folder, from 1. */
  public int[] clusterOf() {
    return clusterOf.clone();
  }

  /**
   * Whether each image is of a patient of the fifth of a class whose size, file, border and letters
   * speak most for another class; empty where there are too few patients to tell.
   */
  public Optional<boolean[]> contradicting() {
    return contradicting;
  }

  /** The number of clusters. */
  public int count() {
    return count;
  }

  /** The number of a cluster's images of a class. */
  public long images(int cluster, int label) {
    return members(cluster).filter(i -> images.get(i).image().label() == label).count();
  }

  /** The number of a cluster's patients. */
  public int patients(int cluster) {
    TreeSet<String> patients = new TreeSet<>();
    members(cluster).forEach(i -> patients.add(images.get(i).image().patient()));
    return patients.size();
  }

  /**
   * By their names how a cluster's images differ in what a reader can see: the mean distance from
   * their class's mean, in standard deviations.
   */
  public Map<String, Double> differences(int cluster) {
    Map<String, Double> differences = new LinkedHashMap<>();
    traits.forEach(
        (name, values) ->
            differences.put(
                name, members(cluster).mapToDouble(i -> values[i]).average().orElse(0)));
    return differences;
  }

  /** The classes' names. */
  public List<String> labels() {
    return folder.labels();
  }

  private IntStream members(int cluster) {
    return IntStream.range(0, clusterOf.length).filter(i -> clusterOf[i] == cluster);
  }
}
