/**
 * Training: the fit loop, its batches from images or from the feature bank, early stopping,
 * checkpoints and resuming. {@link io.pneuma.training.TrainingRun} is one run from recipe to
 * metrics.
 */
package io.pneuma.training;
