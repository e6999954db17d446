package io.pneuma.evaluation;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.hipparchus.random.RandomGenerator;

/**
 * Images grouped by patient, and patients by the classes that their images have. Patients are what
 * a sample is drawn of, so uncertainty is theirs: images of one patient resemble each other, and
 * how many patients of a class there are was not left to chance.
 */
final class Patients {
  /** For each image the index of its patient. */
  private final int[] patient;

  /** For each stratum the indices of its patients. */
  private final int[][] strata;

  private final int[] stratumOf;
  private final int count;

  /**
   * Groups images.
   *
   * @param names of each image's patient
   * @param labels of each image
   */
  Patients(List<String> names, int[] labels) {
    Map<String, Integer> indices = new LinkedHashMap<>();
    patient = new int[labels.length];
    Map<Integer, TreeSet<Integer>> classes = new LinkedHashMap<>();
    for (int i = 0; i < labels.length; i++) {
      int index = indices.computeIfAbsent(names.get(i), name -> indices.size());
      patient[i] = index;
      classes.computeIfAbsent(index, key -> new TreeSet<>()).add(labels[i]);
    }
    count = indices.size();
    Map<String, List<Integer>> byClasses = new TreeMap<>();
    classes.forEach(
        (index, of) ->
            byClasses.computeIfAbsent(of.toString(), key -> new ArrayList<>()).add(index));
    strata =
        byClasses.values().stream()
            .map(of -> of.stream().mapToInt(Integer::intValue).toArray())
            .toArray(int[][]::new);
    stratumOf = new int[count];
    for (int s = 0; s < strata.length; s++) {
      for (int index : strata[s]) {
        stratumOf[index] = s;
      }
    }
  }

  int count() {
    return count;
  }

  /** Patients of equal numbers of images that would tell as much: Kish's effective sample size. */
  double effectiveCount() {
    double[] images = new double[count];
    for (int each : patient) {
      images[each]++;
    }
    double squares = Arrays.stream(images).map(each -> each * each).sum();
    return (double) patient.length * patient.length / squares;
  }

  /** The number of patients that have one of these images. */
  int among(boolean[] images) {
    boolean[] found = new boolean[count];
    int number = 0;
    for (int i = 0; i < images.length; i++) {
      if (images[i] && !found[patient[i]]) {
        found[patient[i]] = true;
        number++;
      }
    }
    return number;
  }

  /**
   * A bootstrap sample.
   *
   * @param times that each patient was drawn
   * @param weights of the images: those of their patients
   */
  @SuppressWarnings("ArrayRecordComponent") // Never compared.
  record Draw(int[] times, double[] weights) {}

  /** Each stratum's patients drawn with replacement. */
  Draw draw(RandomGenerator random) {
    int[] times = new int[count];
    for (int[] stratum : strata) {
      for (int k = 0; k < stratum.length; k++) {
        times[stratum[random.nextInt(stratum.length)]]++;
      }
    }
    return new Draw(times, weights(times));
  }

  private double[] weights(int[] times) {
    double[] weights = new double[patient.length];
    for (int i = 0; i < weights.length; i++) {
      weights[i] = times[patient[i]];
    }
    return weights;
  }

  /** The variance of a score whose images have these influences, patients drawn by strata. */
  double variance(double[] influence) {
    return variance(influence, once());
  }

  private int[] once() {
    int[] once = new int[count];
    Arrays.fill(once, 1);
    return once;
  }

  /** The same in a bootstrap sample, in which a patient drawn twice is two. */
  double variance(double[] influence, int[] times) {
    return Arrays.stream(variances(influence, times)).sum();
  }

  /** What each stratum gives to the variance. */
  private double[] variances(double[] influence, int[] times) {
    double[] sums = sums(influence);
    double[] mean = new double[strata.length];
    for (int p = 0; p < count; p++) {
      mean[stratumOf[p]] += sums[p] / strata[stratumOf[p]].length;
    }
    double[] squares = new double[strata.length];
    for (int p = 0; p < count; p++) {
      if (times[p] > 0) {
        double apart = sums[p] / times[p] - mean[stratumOf[p]];
        squares[stratumOf[p]] += times[p] * apart * apart;
      }
    }
    for (int s = 0; s < strata.length; s++) {
      int size = strata[s].length;
      squares[s] *= size > 1 ? size / (size - 1.0) : 1;
    }
    return squares;
  }

  /**
   * Degrees of freedom of the variance (Satterthwaite, "An approximate distribution of estimates of
   * variance components", 1946).
   */
  double degreesOfFreedom(double[] influence) {
    double[] parts = variances(influence, once());
    double sum = Arrays.stream(parts).sum();
    double divisor = 0;
    for (int s = 0; s < strata.length; s++) {
      divisor += parts[s] * parts[s] / Math.max(1, strata[s].length - 1);
    }
    return sum * sum / divisor;
  }

  /** The variance if the number of patients of each class, too, is what chance made it. */
  double wholeVariance(double[] influence) {
    double squares = 0;
    double[] sums = sums(influence); // Their mean is 0.
    for (double sum : sums) {
      squares += sum * sum;
    }
    return squares * count / Math.max(1, count - 1);
  }

  /** How many times larger the variance is than if every image had a patient of its own. */
  double designEffect(double[] influence) {
    double together = wholeVariance(influence);
    double apart = Arrays.stream(influence).map(each -> each * each).sum();
    return together / apart;
  }

  private double[] sums(double[] influence) {
    double[] sums = new double[count];
    for (int i = 0; i < influence.length; i++) {
      sums[patient[i]] += influence[i];
    }
    return sums;
  }
}
