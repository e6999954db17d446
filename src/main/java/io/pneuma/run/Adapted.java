package io.pneuma.run;

import java.util.List;
import java.util.Map;

/**
 * How a run was made of another by images of a new place, without their classes.
 *
 * @param parent name of the other run's folder
 * @param parentModelSha256 of its model.zip
 * @param images of the new place, and their patients
 * @param imagesSha256 over the hashes of their contents, sorted
 * @param balance the classes' shares; null where they could not be told, and were left alone
 * @param norms the batch normalisations; null where none learnt with the run
 * @param changes what is otherwise than in the parent, and what is not, a sentence each
 */
public record Adapted(
    String parent,
    String parentModelSha256,
    int images,
    int patients,
    String imagesSha256,
    Balance balance,
    Norms norms,
    List<String> changes) {

  /**
   * The classes' shares.
   *
   * @param before on the parent's validation images
   * @param after among the new images
   * @param ci95 low and high end of the 95 % interval of that
   * @param byMatrix by another method, to compare
   */
  public record Balance(
      Map<String, Double> before,
      Map<String, Double> after,
      Map<String, double[]> ci95,
      Map<String, Double> byMatrix) {}

  /**
   * Batch normalisations with new statistics.
   *
   * @param layers how many
   * @param images that were taken for them
   * @param storedImages that the parent's statistics count as
   */
  public record Norms(int layers, int images, int storedImages) {}
}
