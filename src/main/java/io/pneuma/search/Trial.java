package io.pneuma.search;

import io.pneuma.config.Recipe;
import java.io.IOException;

/** Who trains candidates, here or elsewhere. */
@FunctionalInterface
public interface Trial {
  /**
   * Trains a recipe to its end, or until the rule gives it up. Where this candidate cannot be
   * trained, which the others may well be, its outcome says so.
   *
   * @throws IOException when no candidate can be trained any more, which ends the search, as any
   *     other exception does
   */
  Outcome train(Recipe recipe, MedianRule rule) throws IOException;
}
