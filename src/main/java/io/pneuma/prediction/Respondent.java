package io.pneuma.prediction;

import java.io.IOException;
import java.util.List;

/** Who answers for image files in their order: a {@link Predictor}, or many machines. */
@FunctionalInterface
public interface Respondent {
  /**
   * Answers for files, the same to the last digit whoever does.
   *
   * @param files whose answers may depend in their last digits on those beside them, from the first
   *     on in groups of {@code batchSize}
   * @param batchSize views that a network takes at a time
   * @throws IOException when a network cannot be read, or what {@code each} throws
   */
  void answer(List<AskedFile> files, int batchSize, Replies each) throws IOException;
}
