package io.pneuma.search;

import io.pneuma.config.Recipe;
import io.pneuma.run.History;
import io.pneuma.training.Trials;

/** Trains one candidate; {@link Trials#train} is the one that searches use. */
@FunctionalInterface
public interface Trial {
  /**
   * Trains a recipe.
   *
   * @param watch asked after each epoch whether to go on
   * @return the epoch that was kept
   * @throws Exception when this candidate cannot be trained, which the others may well be
   */
  History.Epoch train(Recipe recipe, Trials.Watch watch) throws Exception;
}
