/**
 * Frozen backbones at full speed: a graph is read into a few kinds of steps, these are fused, and
 * oneDNN computes them. Used by the feature bank; docs/decisions/inference.md says what each part
 * gives.
 */
package io.pneuma.inference;
