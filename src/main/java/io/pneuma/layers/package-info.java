/**
 * Layers that Deeplearning4j lacks, as SameDiff layers on one base that corrects their gradients.
 * Backbones and attentions are made of them; {@code inference} knows what each computes.
 */
package io.pneuma.layers;
