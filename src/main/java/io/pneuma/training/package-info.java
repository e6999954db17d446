/**
 * Training: the fit loop, its batches from images or from the feature bank, early stopping,
 * checkpoints and resuming. {@link io.pneuma.training.TrainingRun} is one run from recipe to
 * metrics, {@link io.pneuma.training.RangeTest} tells by which learning rate.
 */
package io.pneuma.training;
