package io.pneuma.reproduction;

import java.util.List;

/**
 * A training that has ended: a file of its own.
 *
 * @param cell the network's name
 * @param fold from 1
 * @param data hash over the fold's images and splits
 * @param seconds of training
 * @param probabilities of each class for each test image of the fold, in the fold's order
 */
record Answered(
    String cell,
    long seed,
    int fold,
    String data,
    double seconds,
    List<List<Double>> probabilities) {
  static String file(String cell, long seed, int fold) {
    return "%s-seed%d-fold%d.json".formatted(cell, seed, fold);
  }
}
