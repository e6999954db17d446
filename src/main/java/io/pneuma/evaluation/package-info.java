/**
 * How good a network's answers are: metrics from labels and probabilities, as records. Knows
 * nothing of networks or images; training and the command line call it.
 */
package io.pneuma.evaluation;
