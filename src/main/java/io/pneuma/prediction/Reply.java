package io.pneuma.prediction;

import io.pneuma.images.UnreadableImageException;
import io.pneuma.prediction.Predictor.Answer;

/**
 * What comes back for a picture: an answer, or why it gives no image.
 *
 * @param answer null where there is a problem
 * @param problem null where there is an answer
 */
public record Reply(Answer answer, UnreadableImageException problem) {
  /**
   * The answer.
   *
   * @throws UnreadableImageException where there is none
   */
  public Answer orThrow() throws UnreadableImageException {
    if (problem != null) {
      throw problem;
    }
    return answer;
  }
}
