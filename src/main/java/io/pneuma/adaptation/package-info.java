/**
 * Fits a trained run to a new place by images of which nobody has told the classes: the balance of
 * the classes, and the statistics of batch normalisations. Gives a run of its own.
 */
package io.pneuma.adaptation;
