package io.pneuma.training;

import io.pneuma.config.Recipe.Regularization;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.commons.math3.distribution.BetaDistribution;
import org.apache.commons.math3.random.JDKRandomGenerator;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * What a step is shown of a minibatch: examples mixed in pairs (Zhang et al., "mixup" (2018),
 * equation 1, one weight a batch as in their code; of frozen backbones the features are mixed) and
 * labels smoothed (Szegedy et al., "Rethinking the Inception Architecture" (2016), section 7).
 *
 * @param inputs the graph's inputs
 * @param targets B x K
 */
@SuppressWarnings("ArrayRecordComponent") // A carrier, never compared.
record Mixture(INDArray[] inputs, float[][] targets) {
  /**
   * Mixes and smooths a batch as a recipe wants.
   *
   * @param hot B x K, one for each label
   * @param draw the seed of this batch
   */
  static Mixture of(Regularization wanted, Batch batch, float[][] hot, long draw) {
    double alpha = wanted.mixup();
    float[][] smooth = smooth(hot, wanted.labelSmoothing());
    if (alpha == 0) {
      return new Mixture(batch.inputs(), smooth);
    }
    int rows = hot.length;
    JDKRandomGenerator random = new JDKRandomGenerator();
    random.setSeed(draw);
    float weight = (float) new BetaDistribution(random, alpha, alpha).sample();
    List<Integer> partners =
        IntStream.range(0, rows).boxed().collect(Collectors.toCollection(ArrayList::new));
    Collections.shuffle(partners, new Random(draw));
    int[] partner = partners.stream().mapToInt(Integer::intValue).toArray();
    INDArray[] inputs =
        Arrays.stream(batch.inputs())
            .map(input -> mixed(input, partner, weight))
            .toArray(INDArray[]::new);
    float[][] targets = new float[rows][];
    for (int row = 0; row < rows; row++) {
      float[] own = smooth[row];
      float[] other = smooth[partner[row]];
      targets[row] = new float[own.length];
      for (int k = 0; k < own.length; k++) {
        targets[row][k] = weight * own[k] + (1 - weight) * other[k];
      }
    }
    return new Mixture(inputs, targets);
  }

  private static INDArray mixed(INDArray input, int[] partner, float weight) {
    INDArray flat = input.reshape(partner.length, -1);
    INDArray others = Nd4j.pullRows(flat, 1, partner, 'c').muli(1 - weight);
    return others.addi(flat.mul(weight)).reshape(input.shape());
  }

  private static float[][] smooth(float[][] hot, double share) {
    if (share == 0) {
      return hot;
    }
    float[][] smooth = new float[hot.length][];
    for (int row = 0; row < hot.length; row++) {
      int classes = hot[row].length;
      smooth[row] = new float[classes];
      for (int k = 0; k < classes; k++) {
        smooth[row][k] = (float) ((1 - share) * hot[row][k] + share / classes);
      }
    }
    return smooth;
  }
}
