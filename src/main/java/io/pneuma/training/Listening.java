package io.pneuma.training;

import io.pneuma.backprop.ForwardPass;
import io.pneuma.backprop.ForwardPass.Outputs;
import io.pneuma.evaluation.Decision;
import io.pneuma.evaluation.Heard;
import io.pneuma.evaluation.Metrics;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Measures how much a head listens to each backbone, by dealing features anew among images. */
final class Listening {
  private static final int DEALS = 5;
  private static final double SAME = 1e-4;

  private final ForwardPass head;
  private final int batch;
  private final int[] labels;
  private final float[][][] features;
  private final Decision decision;
  private final double[][] plain;

  /**
   * A head and the images that it is measured on.
   *
   * @param head the head alone, whose inputs are the features in the recipe's order
   * @param batch rows that the head takes at most
   * @param validation what the network said
   */
  Listening(ForwardPass head, int batch, Outputs validation, int[] labels, Decision decision) {
    this.head = head;
    this.batch = batch;
    this.labels = labels;
    this.features = validation.features();
    this.decision = decision;
    this.plain = said(features);
    for (int i = 0; i < plain.length; i++) {
      if (moved(plain[i], validation.probabilities()[i]) > SAME) {
        throw new IllegalStateException("the head alone does not say what the network does");
      }
    }
  }

  /** Half of what is taken and given: the share of the probability that changes its class. */
  private static double moved(double[] from, double[] to) {
    return IntStream.range(0, from.length).mapToDouble(k -> Math.abs(from[k] - to[k])).sum() / 2;
  }

  /** Measures each backbone; names are in the recipe's order. */
  List<Heard> of(List<String> names, long seed) {
    double rocAuc = Metrics.of(labels, plain, decision).rocAuc();
    List<Heard> heard = new ArrayList<>();
    for (int backbone = 0; backbone < names.size(); backbone++) {
      Random random = new Random(seed);
      double moved = 0;
      double dealt = 0;
      for (int deal = 0; deal < DEALS; deal++) {
        double[][] said = said(dealt(backbone, random));
        dealt += Metrics.of(labels, said, decision).rocAuc() / DEALS;
        for (int i = 0; i < said.length; i++) {
          moved += moved(plain[i], said[i]) / said.length / DEALS;
        }
      }
      heard.add(new Heard(names.get(backbone), moved, rocAuc, dealt));
    }
    return heard;
  }

  private float[][][] dealt(int backbone, Random random) {
    List<Integer> from = new ArrayList<>(IntStream.range(0, features.length).boxed().toList());
    Collections.shuffle(from, random);
    float[][][] dealt = new float[features.length][][];
    for (int i = 0; i < dealt.length; i++) {
      dealt[i] = features[i].clone();
      dealt[i][backbone] = features[from.get(i)][backbone];
    }
    return dealt;
  }

  private double[][] said(float[][][] rows) {
    List<double[]> said = new ArrayList<>();
    for (int from = 0; from < rows.length; from += batch) {
      float[][][] some = Arrays.copyOfRange(rows, from, Math.min(rows.length, from + batch));
      INDArray[] inputs = new INDArray[rows[0].length];
      for (int backbone = 0; backbone < inputs.length; backbone++) {
        int which = backbone;
        inputs[backbone] =
            Nd4j.create(Arrays.stream(some).map(row -> row[which]).toArray(float[][]::new));
      }
      Collections.addAll(said, head.output(inputs));
    }
    return said.toArray(double[][]::new);
  }
}
