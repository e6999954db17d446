package io.pneuma.shortcuts;

import io.pneuma.platform.Processor;
import io.pneuma.platform.Workers;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.stream.IntStream;

/**
 * A multinomial logistic regression on given numbers, which tells how much of the classes is in
 * them. Numbers are standardised by the images that are learnt from; the weights are shrunk by a
 * ridge and found by accelerated gradient descent (Nesterov, 1983) from 0, so that nothing is left
 * to chance.
 */
public final class LinearProbe {
  /** Of the mean loss, for rows whose squared length is 1 on average. */
  private static final double RIDGE = 1e-4;

  private static final int STEPS = 300;
  private static final int POWER_STEPS = 20;
  private static final double LEAST_DEVIATION = 1e-6;

  private final float[][] rows;
  private final int[] labels;
  private final int classes;

  /**
   * A probe.
   *
   * @param rows images x numbers
   */
  public LinearProbe(float[][] rows, int[] labels, int classes) {
    this.rows = rows;
    this.labels = labels;
    this.classes = classes;
  }

  /**
   * For each image the probability of each class, by a regression that learnt from other folds,
   * several folds at a time.
   *
   * @param foldOf each image, from 0
   * @param trusted images, from which alone it learns
   * @param done called after each fold
   */
  public double[][] crossValidated(int[] foldOf, boolean[] trusted, Runnable done)
      throws IOException {
    int folds = Arrays.stream(foldOf).max().orElse(-1) + 1;
    double[][] probabilities = new double[rows.length][];
    ExecutorService workers = Workers.start("probe", Processor.cores());
    try {
      List<Future<?>> pending = new ArrayList<>();
      for (int fold = 0; fold < folds; fold++) {
        int own = fold;
        pending.add(workers.submit(() -> answer(own, foldOf, trusted, probabilities)));
      }
      for (Future<?> fold : pending) {
        Workers.await(fold, "the images were probed");
        done.run();
      }
      return probabilities;
    } finally {
      workers.shutdownNow();
    }
  }

  private void answer(int own, int[] foldOf, boolean[] trusted, double[][] probabilities) {
    int[] held = IntStream.range(0, rows.length).filter(i -> foldOf[i] == own).toArray();
    int[] learnt =
        IntStream.range(0, rows.length).filter(i -> foldOf[i] != own && trusted[i]).toArray();
    double[][] given = learnFrom(learnt, held);
    for (int i = 0; i < held.length; i++) {
      probabilities[held[i]] = given[i];
    }
  }

  private double[][] learnFrom(int[] learnt, int[] held) {
    double[] mean = new double[rows[0].length];
    double[] scale = new double[mean.length];
    for (int i : learnt) {
      for (int k = 0; k < mean.length; k++) {
        mean[k] += (double) rows[i][k] / learnt.length;
      }
    }
    for (int i : learnt) {
      for (int k = 0; k < mean.length; k++) {
        scale[k] += (rows[i][k] - mean[k]) * (rows[i][k] - mean[k]) / learnt.length;
      }
    }
    for (int k = 0; k < scale.length; k++) {
      double deviation = Math.sqrt(scale[k]);
      scale[k] = deviation > LEAST_DEVIATION ? 1 / (deviation * Math.sqrt(mean.length)) : 0;
    }
    float[][] weights = descend(standardised(learnt, mean, scale), learnt);
    float[][] scores = scores(turned(standardised(held, mean, scale)), weights);
    softmax(scores);
    double[][] given = new double[held.length][classes];
    for (int i = 0; i < held.length; i++) {
      for (int c = 0; c < classes; c++) {
        given[i][c] = scores[c][i];
      }
    }
    return given;
  }

  /** With a last column of ones for the bias. */
  private float[][] standardised(int[] images, double[] mean, double[] scale) {
    float[][] standardised = new float[images.length][mean.length + 1];
    for (int i = 0; i < images.length; i++) {
      for (int k = 0; k < mean.length; k++) {
        standardised[i][k] = (float) ((rows[images[i]][k] - mean[k]) * scale[k]);
      }
      standardised[i][mean.length] = 1;
    }
    return standardised;
  }

  private static float[][] turned(float[][] matrix) {
    float[][] turned = new float[matrix[0].length][matrix.length];
    for (int i = 0; i < matrix.length; i++) {
      for (int k = 0; k < matrix[i].length; k++) {
        turned[k][i] = matrix[i][k];
      }
    }
    return turned;
  }

  /**
   * The weights of all classes but the last, which are what brings the sum over classes to 0: from
   * 0 on every step keeps it there.
   */
  private float[][] descend(float[][] x, int[] learnt) {
    float[][] columns = turned(x); // Both ways round, so that every inner loop runs along memory.
    int width = columns.length;
    // The second derivative of softmax's loss is at most half of that of a sum of squares.
    float step = (float) (1 / (largestEigenvalue(x, columns) / 2 / x.length + RIDGE));
    float[][] weights = new float[classes - 1][width];
    float[][] ahead = new float[classes - 1][width];
    double momentum = 1;
    for (int i = 0; i < STEPS; i++) {
      float[][] errors = scores(columns, ahead);
      softmax(errors);
      for (int image = 0; image < learnt.length; image++) {
        errors[labels[learnt[image]]][image] -= 1;
      }
      double faster = (1 + Math.sqrt(1 + 4 * momentum * momentum)) / 2;
      float push = (float) ((momentum - 1) / faster);
      for (int c = 0; c < weights.length; c++) {
        float[] gradient = new float[width];
        for (int image = 0; image < x.length; image++) {
          add(gradient, x[image], errors[c][image] / x.length);
        }
        for (int k = 0; k < width; k++) {
          float ridge = k == width - 1 ? 0 : (float) RIDGE * ahead[c][k];
          float next = ahead[c][k] - step * (gradient[k] + ridge);
          ahead[c][k] = next + push * (next - weights[c][k]);
          weights[c][k] = next;
        }
      }
      momentum = faster;
    }
    return weights;
  }

  /** Classes x images. */
  private float[][] scores(float[][] columns, float[][] weights) {
    float[][] scores = new float[classes][columns[0].length];
    for (int c = 0; c < weights.length; c++) {
      for (int k = 0; k < columns.length; k++) {
        add(scores[c], columns[k], weights[c][k]);
      }
      add(scores[classes - 1], scores[c], -1);
    }
    return scores;
  }

  /** target += times * row. */
  private static void add(float[] target, float[] row, float times) {
    for (int i = 0; i < target.length; i++) {
      target[i] += times * row[i];
    }
  }

  private static void softmax(float[][] scores) {
    for (int image = 0; image < scores[0].length; image++) {
      float most = Float.NEGATIVE_INFINITY;
      for (float[] score : scores) {
        most = Math.max(most, score[image]);
      }
      double sum = 0;
      for (float[] score : scores) {
        score[image] = (float) Math.exp(score[image] - most);
        sum += score[image];
      }
      for (float[] score : scores) {
        score[image] /= (float) sum;
      }
    }
  }

  private static double largestEigenvalue(float[][] x, float[][] columns) {
    float[] vector = new float[columns.length];
    Arrays.fill(vector, 1);
    double value = 1;
    for (int i = 0; i < POWER_STEPS; i++) {
      float[] products = new float[x.length];
      for (int k = 0; k < columns.length; k++) {
        add(products, columns[k], vector[k]);
      }
      float[] next = new float[columns.length];
      for (int image = 0; image < x.length; image++) {
        add(next, x[image], products[image]);
      }
      double squares = 0;
      for (float each : next) {
        squares += (double) each * each;
      }
      value = Math.sqrt(squares);
      for (int k = 0; k < next.length; k++) {
        vector[k] = (float) (next[k] / value);
      }
    }
    return 1.1 * value; // It is approached from below.
  }
}
